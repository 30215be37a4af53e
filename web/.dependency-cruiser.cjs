/** The import law of the SPA; see README.md for the rooms. */
const room = (name, may) => ({
  name: `${name}-imports`,
  comment: `src/${name} may use ${may.join(", ") || "nothing of ours"}`,
  severity: "error",
  from: { path: `^src/${name}/` },
  to: { path: "^src/", pathNot: [`^src/(${[name, ...may].join("|")})/`] },
});

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "model-is-pure",
      comment: "src/model is plain TypeScript: no React, no network; of the API only its types",
      severity: "error",
      from: { path: "^src/model/", pathNot: "\\.test\\.ts$" },
      to: { pathNot: ["^src/model/", "^src/api/types\\.ts$", "^src/api/schema\\.d\\.ts$"] },
    },
    room("ui", ["model"]),
    room("api", ["model"]),
    room("view", ["model", "api"]),
    room("actions", ["model", "api", "view", "ui"]),
    room("canvas", ["model", "api", "view", "ui", "actions"]),
    room("console", ["model", "api", "view", "ui", "actions"]),
    room("panels", ["model", "api", "view", "ui", "actions"]),
    room("pages", ["model", "api", "view", "ui", "actions", "canvas", "panels", "console"]),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
