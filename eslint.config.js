// @ts-expect-error the plugin ships no types
import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["**/node_modules/**", "tmp/**"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: [] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  pulumiRules(),
  { files: ["**/*.mjs", "**/*.js"], ...tseslint.configs.disableTypeChecked },
);

/**
 * Pulumi's own rules: an Output inside a template literal prints its implementation instead of its value.
 *
 * @returns {import('eslint').Linter.Config}
 */
function pulumiRules() {
  return {
    files: ["index.ts", "program.ts", "components/**/*.ts", "settings/**/*.ts"],
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
    },
  };
}
