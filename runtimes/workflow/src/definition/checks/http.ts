import { templateProblem } from "../../executor/http/address.ts";
import { expressionIn } from "../../expressions/template.ts";
import type { Path } from "../source.ts";
import { checkReferenceableAuthentication } from "./authentication.ts";
import { checkStructure } from "./expressions.ts";
import { allowKeys, mappingAt, type Scope } from "./scope.ts";
import { isMapping, listed, shown, type Mapping } from "./values.ts";

const methods = ["get", "head", "post", "put", "patch", "delete", "options"];
const outputs = ["content", "response", "raw"];

/** Headers that the connection or the run sets, so that a definition's own would not be sent. */
const reserved = [
  ...["connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"],
  ...["traceparent", "tracestate", "x-knflow-run-id"],
];

/** `call: http`. */
export function checkHttp(task: Mapping, path: Path, scope: Scope): void {
  const { source } = scope;
  const at = [...path, "with"];
  const given = mappingAt(task.with, at, "a mapping with `method` and `endpoint`", scope);
  if (!given) return;
  allowKeys(given, at, ["method", "endpoint", "headers", "query", "body", "output", "redirect"], scope);
  if (typeof given.method !== "string" || !methods.includes(given.method.toLowerCase())) {
    source.refuse([...at, "method"], `with.method must be one of ${listed(methods)}, but is ${shown(given.method)}`);
  }
  checkEndpoint(given.endpoint, [...at, "endpoint"], scope);
  checkFields(given.query, [...at, "query"], scope);
  checkHeaders(given, at, scope);
  checkStructure(given.body, [...at, "body"], scope);
  if (given.output !== undefined && !outputs.some((one) => one === given.output)) {
    source.refuse([...at, "output"], `with.output must be one of ${listed(outputs)}, but is ${shown(given.output)}`);
  }
  if (given.redirect !== undefined && typeof given.redirect !== "boolean") {
    source.refuse([...at, "redirect"], `with.redirect must be true or false, but is ${shown(given.redirect)}`);
  }
}

function checkEndpoint(value: unknown, path: Path, scope: Scope): void {
  if (typeof value === "string") return checkAddress(value, path, scope);
  const endpoint = mappingAt(value, path, "an address, or a mapping with `uri`", scope);
  if (!endpoint) return;
  allowKeys(endpoint, path, ["uri", "authentication"], scope);
  checkAddress(endpoint.uri, [...path, "uri"], scope);
  if (endpoint.authentication === undefined) return;
  checkReferenceableAuthentication(endpoint.authentication, [...path, "authentication"], scope);
}

function checkAddress(value: unknown, path: Path, scope: Scope): void {
  if (typeof value !== "string") {
    const needed = "an http or https address, such as https://example.com/items/{id}";
    scope.source.refuse(path, `\`${String(path.at(-1))}\` must be ${needed}, but is ${shown(value)}`);
  } else if (expressionIn(value) !== undefined) checkStructure(value, path, scope);
  else {
    const problem = templateProblem(value);
    if (problem) scope.source.refuse(path, problem);
  }
}

function checkHeaders(given: Mapping, path: Path, scope: Scope): void {
  const { source } = scope;
  const at = [...path, "headers"];
  checkFields(given.headers, at, scope);
  if (!isMapping(given.headers)) return;
  for (const [name, value] of Object.entries(given.headers)) {
    const lower = name.toLowerCase();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) source.refuse([...at, name], `${shown(name)} is no name of a header`);
    else if (reserved.includes(lower)) source.refuse([...at, name], `the header ${name} is set by knflow; remove it`);
    else if (lower === "authorization" && isMapping(given.endpoint) && "authentication" in given.endpoint) {
      source.refuse([...at, name], "the endpoint's authentication sets this header; remove one of the two");
    }
    if (typeof value === "object" && value !== null) {
      source.refuse([...at, name], `a header must be a text, but is ${shown(value)}`);
    } else if (typeof value === "string" && /[\r\n\0]/.test(value) && expressionIn(value) === undefined) {
      source.refuse([...at, name], "a header must be one line");
    }
  }
}

function checkFields(value: unknown, path: Path, scope: Scope): void {
  if (value === undefined) return;
  checkStructure(mappingAt(value, path, "a mapping", scope), path, scope);
}
