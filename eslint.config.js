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
  { files: ["index.ts", "components/**/*.ts", "settings/**/*.ts"], ...pulumiRules() },
  { files: ["**/*.mjs", "**/*.js"], ...tseslint.configs.disableTypeChecked },
);

/** Pulumi's own rules: no Output in a template literal, no Output compared or added as if it were a value. */
function pulumiRules() {
  return { plugins: { "@pulumi": pulumi }, rules: { ...pulumi.configs?.recommended?.rules } };
}
