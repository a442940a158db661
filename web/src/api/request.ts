// Where a request stands: the one state machine behind every list, screen and button of the page.
//
//   idle ── load, send ──▶ loading ──▶ done
//                             │
//                             └──────▶ failed ── retry ──▶ loading
//
// What an earlier answer brought stays on the screen while a newer one is loading or has failed: it is stale then, and
// `RequestStatus` says so.

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { type Rejection, rejectionOf } from "./rejection";

export type Phase = "idle" | "loading" | "done" | "failed";

/** Does the work of a request. An aborted signal means that nobody waits for the result any more. */
export type Work = (signal: AbortSignal) => Promise<void>;

export class RequestState {
  readonly #phase = signal<Phase>("idle");
  readonly #rejection = signal<Rejection | undefined>(undefined);
  #controller: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #work: Work | undefined;

  get phase(): Phase {
    return this.#phase.value;
  }

  get busy(): boolean {
    return this.#phase.value === "loading";
  }

  get rejection(): Rejection | undefined {
    return this.#rejection.value;
  }

  /** Reads: takes the place of a read that is under way. Never rejects; `phase` tells. */
  load = (work: Work): Promise<void> => {
    this.#controller?.abort();
    // Only a read is repeated by `retry`. What changes something is repeated by the button that did it.
    this.#work = work;
    return this.#run(work);
  };

  /** Changes something: does nothing while another request is under way, because two presses come before one redraw. */
  send = (work: Work): Promise<void> => {
    if (this.#phase.peek() === "loading") return this.#running;
    return this.#run(work);
  };

  retry = (): Promise<void> => (this.#work === undefined ? Promise.resolve() : this.load(this.#work));

  /** What was rejected has been changed since. */
  clear = (): void => {
    if (this.#phase.peek() !== "failed") return;
    this.#phase.value = "idle";
    this.#rejection.value = undefined;
  };

  /** Nobody waits for the answer any more. */
  cancel = (): void => {
    this.#controller?.abort();
    this.#controller = undefined;
    this.#work = undefined;
    this.#phase.value = "idle";
    this.#rejection.value = undefined;
  };

  #run(work: Work): Promise<void> {
    const controller = new AbortController();
    this.#controller = controller;
    this.#phase.value = "loading";
    this.#rejection.value = undefined;
    this.#running = this.#finish(work, controller);
    return this.#running;
  }

  async #finish(work: Work, controller: AbortController): Promise<void> {
    let rejection: Rejection | undefined;
    try {
      await work(controller.signal);
    } catch (thrown) {
      rejection = rejectionOf(thrown);
    }
    if (this.#controller !== controller) return;
    this.#controller = undefined;
    this.#rejection.value = rejection;
    this.#phase.value = rejection === undefined ? "done" : "failed";
  }
}

/** A request that belongs to one component. */
export function useRequest(): RequestState {
  const [request] = useState(() => new RequestState());
  return request;
}
