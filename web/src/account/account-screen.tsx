// What belongs to the person who is logged in: the password, and the access keys of their programs.

import { AccessKeysCard } from "./access-keys-card";
import { PasswordCard } from "./password-card";

export function AccountScreen() {
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Account</h1>
      </div>
      <div class="columns">
        <AccessKeysCard />
        <PasswordCard />
      </div>
    </>
  );
}
