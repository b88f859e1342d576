// The import directions of docs/architecture.md. test/boundaries.test.ts proves that the cruiser saw the modules.
const only = (name, from, comment, to) => ({ name, comment, severity: "error", from: { path: from }, to });

export default {
  forbidden: [
    only(
      "no-cycles",
      "^(bin|client|lib|functions|socket-host|domain|local|console)/",
      "Cycles hide the direction of a design.",
      {
        circular: true,
      },
    ),
    only("domain-stands-alone", "^domain/", "The product's rules know nothing of where they run.", {
      path: "^(bin|client|lib|functions|socket-host|local|console|test)/",
    }),
    only("functions-use-domain", "^functions/", "A function is stateless and knows only the domain.", {
      path: "^(bin|client|lib|socket-host|local|console|test)/",
    }),
    only("socket-host-uses-domain", "^socket-host/", "The socket host knows only the domain.", {
      path: "^(bin|lib|functions|local|console|test)/",
    }),
    only(
      "lib-describes",
      "^lib/",
      "Infrastructure reads the domain's tables and the functions' contracts, and runs nothing.",
      {
        path: "^(bin|socket-host/(?!environment)|local|console|test)/",
      },
    ),
    only("client-is-the-contract", "^client/", "The client is made of the table of endpoints, and runs anywhere.", {
      path: "^(bin|lib|socket-host|local|console|test)/",
    }),
    only(
      "local-runs-what-deploys",
      "^local/",
      "The local runner runs the assembly; it never reaches around it into the product.",
      {
        path: "^(bin/(?!app)|test)/",
      },
    ),
    only(
      "nothing-imports-local",
      "^(lib|functions|socket-host|domain|console)/",
      "What deploys must not know the emulators.",
      {
        path: "^local/",
      },
    ),
    only(
      "baileys-behind-its-port",
      "^(?!socket-host/baileys/|local/whatsapp/|test/)",
      "Only socket-host/baileys and the simulated WhatsApp import Baileys.",
      {
        path: "@whiskeysockets/baileys",
      },
    ),
    only(
      "no-dev-dependency-in-the-image",
      "^socket-host/",
      "The socket host's image is installed without development packages.",
      {
        dependencyTypes: ["npm-dev"],
        dependencyTypesNot: ["type-only"],
      },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(cdk\\.out|dist|coverage|\\.wasaas)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
