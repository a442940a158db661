import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // Every browser the target names loads modules by itself.
    modulePreload: { polyfill: false },
    // Files of their own are cached by name and need no `data:` in the content security policy.
    assetsInlineLimit: 0,
  },
});
