import type { Command } from "./documents.ts";

/** A suite that runs lines of the pages as they stand there; see run.ts. */
export type Runner = "local" | "toolchain" | "e2e";

/** How it comes that a command of a page is known to work. */
export type Coverage =
  | {
      readonly by: Runner;
      /** For a command that goes on: what it says once it works. It is interrupted then. */
      readonly until?: RegExp;
      /** What it needs comes a moment after the command before it. */
      readonly eventually?: boolean;
    }
  /** A test that does the same in the way that suits it, such as without questions. */
  | { readonly by: "test"; readonly suite: string; readonly title: RegExp };

/** A kind of command, and how it is covered. */
export interface Rule {
  readonly command: RegExp;
  readonly coverage: Coverage;
}

const run = (by: Runner, command: RegExp, more: { until?: RegExp; eventually?: boolean } = {}): Rule => ({
  command,
  coverage: { by, ...more },
});
const test = (suite: string, title: RegExp, command: RegExp): Rule => ({
  command,
  coverage: { by: "test", suite, title },
});

/** Every command of every page, by the first rule that it matches. */
export const rules: readonly Rule[] = [
  test("e2e", /deploys platform and workflows by one start, without a retry, and calls the example/, /^npm start$/),
  test(
    "local",
    /serves workflows and functions at one address, with their logs in one stream/,
    /^(npm run|npx knflow) dev\b/,
  ),
  test("local", /shows the logs on request, on standard error/, /^npx knflow run .*--logs$/),
  test("e2e", /previews on an empty cluster/, /^pulumi preview( --stack \w+)?( --suppress-outputs)?$/),
  test("toolchain", /shows of a changed function from which digest to which it goes/, /^pulumi preview .*--diff$/),
  test(
    "e2e",
    /deploys over what killed updates left, and nothing is to be changed then/,
    /^pulumi up( --stack \w+)?( --suppress-outputs)?$/,
  ),
  test("e2e", /a Knative Service, come back by refresh and update/, /^pulumi refresh /),
  test("e2e", /calls are answered while Knative's pods start anew/, /^kubectl .*rollout restart /),
  test("e2e", /destroys everything it made/, /^pulumi destroy /),
  test("e2e", /goes on once it is committed, and leaves what did not change as it is/, /^git (add|commit) /),
  test("e2e", /the code and the images that one runs are those of the next/, /^npx knflow promote /),
  test("e2e", /goes back to the release before, to the byte, without a build/, /^npx knflow rollback /),
  test("e2e", /requests are split until that is taken back/, /^npx knflow traffic \S+ \S+=90 latest=10$/),
  test("e2e", /garbage collection keeps what a Revision with a route names/, /^npx knflow gc .*(--keep|--json)/),
  test("cluster", /leaves nothing on the host when it is taken down/, /^npx knflow cluster down/),
  test("toolchain", /whole, by the same digests, once/, /^npx knflow images mirror (?!.*--dry-run)/),

  test(
    "unit",
    /names the sum of each file by the commands that set it, and saves the files/,
    /^npx knflow images manifests .*--upstream /,
  ),

  run("local", /^npx knflow (run|init) /),
  run("local", /^API_KEY=one DB_PASSWORD=two npx knflow run /),

  run("toolchain", /^npm ci$/),
  run("toolchain", /^pulumi (config set|login|stack (init|rm)) ?/),
  run("toolchain", /^npx knflow images /),

  run("e2e", /^npx knflow (status|doctor|invoke|plan|traffic) ?/),
  run("e2e", /^npx knflow gc( --dry-run)?$/),
  run("e2e", /^npx knflow logs (?!.*--follow)/),
  run("e2e", /^npx knflow logs .*--follow$/, { until: /\n/ }),
  run("e2e", /^npx knflow watch$/, { until: /watching \d+ services/ }),
  run("e2e", /^npx knflow cluster status$/),
  run("e2e", /^eval "\$\(npx knflow env\)"$/),
  run("e2e", /^pulumi stack (export|output) /),
  run("e2e", /^kubectl -n kourier-system port-forward /, { until: /Forwarding from/ }),
  run("e2e", /^kubectl .*patch serviceaccount /, { eventually: true }),
  run("e2e", /^kubectl /),
  run("e2e", /^curl .*http:\/\/127\.0\.0\.1:8080\/runs/),
];

/** The rule of a command; nothing where none fits. */
export function ruleOf({ text }: Pick<Command, "text">): Rule | undefined {
  return rules.find(({ command }) => command.test(text));
}
