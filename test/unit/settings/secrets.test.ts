import assert from "node:assert/strict";
import { UserError } from "../../../console/errors.ts";
import { checkConfiguredSecrets } from "../../../settings/secrets.ts";
import type { FunctionSecret } from "../../../source/secrets.ts";

const secret = (variable: string, config: string, line: number): FunctionSecret => ({
  variable,
  from: { config },
  place: { file: "functions/w/f/function.yaml", line, column: 3 },
});

describe("secrets of the configuration", () => {
  const configured = new Map([
    ["kept", { encrypted: true }],
    ["clear", { encrypted: false }],
  ]);
  const check = (...secrets: FunctionSecret[]) => checkConfiguredSecrets(secrets, configured, "dev");

  it("are there, encrypted", () => {
    check(secret("A", "kept", 3));
    check({ ...secret("B", "", 4), from: { secret: "db", key: "password" } });
  });

  it("are refused with their places and the commands that set them, all at once", () => {
    assert.throws(
      () => check(secret("A", "kept", 3), secret("B", "clear", 4), secret("C", "absent", 5)),
      (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.deepEqual(error.message.split("\n"), [
          "functions/w/f/function.yaml:4:3: secrets.B: secrets:clear stands in clear in the configuration of stack dev; " +
            'set it by "pulumi config set --secret secrets:clear", which asks for the value',
          "functions/w/f/function.yaml:5:3: secrets.C: secrets:absent is not in the configuration of stack dev; " +
            'set it by "pulumi config set --secret secrets:absent", which asks for the value',
        ]);
        return true;
      },
    );
  });
});
