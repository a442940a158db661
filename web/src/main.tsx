// Starts the page once its rules are loaded: without them it could send what the server would reject.

import "./styles/base.css";
import "./styles/components.css";
import "./styles/fields.css";
import "./styles/frame.css";
import "./styles/log-in.css";
import "./styles/secret-list.css";
import "./styles/import.css";
import "./styles/bulk-delete.css";
import "./styles/batches.css";
import "./styles/secret-detail.css";
import "./styles/account.css";
import { render } from "preact";
import { shareSession } from "./api/session";
import { App } from "./app";
import { loadRules } from "./rules";

const page = document.getElementById("page");
if (page !== null) {
  Promise.all([loadRules(), shareSession()]).then(
    () => render(<App />, page),
    () => render(<NotLoaded />, page),
  );
}

function NotLoaded() {
  return (
    <main class="log-in">
      <p class="card" role="alert">
        The page could not load its rules. Reload it; if that does not help, use a current browser that runs
        WebAssembly.
      </p>
    </main>
  );
}
