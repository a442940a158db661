// The key above all keys: which one is in use, and taking a new one.

import { useEffect, useState } from "preact/hooks";
import { type RootKey, RootKeySource, RootKeyState } from "../../generated/strongroom/v1/root_keys_pb";
import { READ_TIMEOUT_MS, rootKeys as server } from "../api/client";
import { useRequest } from "../api/request";
import { Fact } from "../components/fact";
import { RequestStatus } from "../components/request-status";
import { showNumber } from "../numbers";
import { RotateDialog } from "./rotate-dialog";

const SOURCES: Record<RootKeySource, string> = {
  [RootKeySource.UNSPECIFIED]: "Unknown",
  [RootKeySource.FILE]: "A file that the server keeps",
  [RootKeySource.ENVIRONMENT]: "A key in the server's environment",
  [RootKeySource.PASSPHRASE]: "A passphrase in the server's environment",
};

export function RootKeyCard() {
  const [key, setKey] = useState<RootKey>();
  const [asked, setAsked] = useState(false);
  const reading = useRequest();

  const load = () =>
    reading.load(async (signal) => {
      const answer = await server.showRootKey({}, { signal, timeoutMs: READ_TIMEOUT_MS });
      setKey(answer.rootKey);
    });
  useEffect(() => void load(), []);

  return (
    <section class="card stack" aria-labelledby="root-key-title">
      <h2 id="root-key-title">Root key</h2>
      <p class="hint">
        It seals the keys that seal the values. Rotating it re-seals those keys; no value is rewritten, and the server
        keeps serving.
      </p>
      <RequestStatus request={reading} what="root key" shown={key !== undefined} />
      {key !== undefined && (
        <>
          <dl class="facts">
            <Fact name="Term">{key.term}</Fact>
            <Fact name="Comes from">{SOURCES[key.source]}</Fact>
            <Fact name="State">
              {key.state === RootKeyState.ROTATING ? (
                <span class="badge waiting">Rotating, {showNumber(key.waitingKeys)} keys to go</span>
              ) : (
                <span class="badge good">Seals every key</span>
              )}
            </Fact>
          </dl>
          {key.source === RootKeySource.FILE ? (
            <div class="actions start">
              {key.state === RootKeyState.ROTATING ? (
                <button class="button" type="button" onClick={() => void load()}>
                  Reload
                </button>
              ) : (
                <button class="button" type="button" onClick={() => setAsked(true)}>
                  Rotate the root key…
                </button>
              )}
            </div>
          ) : (
            <p>
              The server cannot write where this key comes from. Start it with the new key and the old one beside it;
              the rotation then begins by itself.
            </p>
          )}
        </>
      )}
      {asked && <RotateDialog onRotated={setKey} onClose={() => setAsked(false)} />}
    </section>
  );
}
