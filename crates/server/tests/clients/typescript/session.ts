// Import, schedule, cancel and delete with the types of `contract.ts`, which is generated from openapi.yaml.
//
// What matters most is that this compiles: each path, body and answer below is checked against the description.

import createClient from "openapi-fetch";
import type { components, paths } from "./contract.js";

declare const process: { env: Record<string, string>; argv: string[] };

const { URL: baseUrl, PROJECT: project_id, TOKEN: token } = process.env as { URL: string; PROJECT: string; TOKEN: string };
const name = process.argv[2] ?? "from-typescript";
const client = createClient<paths>({ baseUrl, headers: { "X-Auth-Token": token } });

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const entry = (end: string): components["schemas"]["SecretToCreate"] => ({ name: `${name}${end}`, secret_string: "x" });
const stored = await client.POST("/v1/{project_id}/secrets/batch-import", {
  params: { path: { project_id } },
  body: { secrets: [entry("-a"), entry("-b"), { name: "not a name" }] },
});
check(stored.data?.success === 2 && stored.data.failed === 1, `import: ${JSON.stringify(stored)}`);
check(stored.data.error_list[0]?.name === "not a name", "the rejected entry is named");

const path = { project_id, secret_name: `${name}-a` };
const waiting = await client.POST("/v1/{project_id}/secrets/{secret_name}/scheduled-deleted-tasks/create", {
  params: { path },
  body: { recovery_window_in_days: 7 },
});
check(waiting.data?.secret.state === "PENDING_DELETE", `schedule: ${JSON.stringify(waiting)}`);
const again = await client.POST("/v1/{project_id}/secrets/{secret_name}/scheduled-deleted-tasks/cancel", { params: { path } });
check(again.data?.secret.state === "ENABLED", `cancel: ${JSON.stringify(again)}`);
check(again.data.secret.id === waiting.data.secret.id, "the secret is the same");
const due: number | null | undefined = again.data.secret.scheduled_delete_time;
check(due === null, "nothing is due");

for (const end of ["-a", "-b"]) {
  const secret_name = `${name}${end}`;
  const { response } = await client.DELETE("/v1/{project_id}/secrets/{secret_name}", {
    params: { path: { project_id, secret_name } },
  });
  check(response.status === 200, `delete: ${response.status}`);
}
const { error } = await client.GET("/v1/{project_id}/secrets/{secret_name}", { params: { path } });
check(error?.error_code === "CSMS.0106", `a deleted secret is gone: ${JSON.stringify(error)}`);
