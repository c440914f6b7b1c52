import type { AuthenticationRule, EndpointRule, HttpTask } from "../../definition/types.ts";
import { expressionIn } from "../../expressions/template.ts";
import { fill } from "../data.ts";
import type { HttpCall } from "../environment.ts";
import { credentials, expandUri, hasCredentials, isWebAddress, withQuery } from "../http/address.ts";
import { contentOf, textOf } from "../http/content.ts";
import { fault } from "../problem.ts";
import type { Place, Scope } from "../scope.ts";
import type { Performance } from "../task.ts";

/** `call: http`. */
export async function performHttp(task: HttpTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  const instance = place.pointer;
  const rule = task.with;
  const uri = withQuery(
    await addressOf(rule.endpoint, input, instance, scope),
    await mapping(rule.query, "query", input, instance, scope),
  );
  const headers = headersOf(await mapping(rule.headers, "headers", input, instance, scope), instance);
  const authorization = await authorizationOf(rule.endpoint, input, instance, scope);
  if (authorization !== undefined) headers.authorization = authorization;
  const body = rule.body === undefined ? undefined : bodyOf(await fill(rule.body, input, instance, scope), headers);
  const call: HttpCall = {
    method: rule.method.toUpperCase(),
    uri,
    headers,
    body,
    instance,
    key: place.key,
    signal: scope.signal,
    isLimited: scope.isLimited,
  };
  const answer = await scope.run.environment.http(call);
  const { status } = answer;
  const what = `${call.method} ${withoutQuery(uri)}`;
  if (status < 200 || status >= (rule.redirect === true ? 400 : 300)) {
    throw fault("communication", `${what} answered ${status}: ${textOf(answer.body)}`, instance, status);
  }
  if (rule.output === "raw") return { output: answer.body.toString("base64") };
  const content = contentOf(answer);
  if (content === undefined) throw fault("communication", `${what} answered something that is no JSON`, instance);
  if (rule.output !== "response") return { output: content.value };
  // What proves who calls is nothing for a workflow's data.
  const shown = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization"));
  const request = { method: call.method, uri, headers: shown };
  return { output: { request, statusCode: status, headers: answer.headers, content: content.value } };
}

async function addressOf(endpoint: EndpointRule, input: unknown, instance: string, scope: Scope): Promise<string> {
  const template = typeof endpoint === "string" ? endpoint : endpoint.uri;
  const isExpression = expressionIn(template) !== undefined;
  const address = isExpression ? await fill(template, input, instance, scope) : expandUri(template, input, instance);
  if (isWebAddress(address)) {
    if (hasCredentials(address)) throw fault("expression", `the endpoint's address ${credentials}`, instance);
    return address;
  }
  throw fault(
    "expression",
    `the endpoint must be an http or https address, but is ${JSON.stringify(address)}`,
    instance,
  );
}

async function authorizationOf(endpoint: EndpointRule, input: unknown, instance: string, scope: Scope) {
  const given = typeof endpoint === "string" ? undefined : endpoint.authentication;
  const rule = given?.use === undefined ? given : scope.run.definition.use?.authentications?.[given.use];
  if (!rule) return undefined;
  const { basic, bearer } = (await fill(rule, input, instance, scope)) as AuthenticationRule;
  for (const [name, value] of Object.entries(bearer ?? basic ?? {})) {
    if (typeof value === "string") continue;
    const kind = value === null ? "null" : `a ${typeof value}`;
    throw fault("expression", `the authentication's ${name} must be a text, but is ${kind}`, instance);
  }
  if (bearer) return headerText("the authentication's token", `Bearer ${bearer.token}`, instance);
  return `Basic ${Buffer.from(`${basic?.username}:${basic?.password}`).toString("base64")}`;
}

async function mapping(
  rule: unknown,
  what: string,
  input: unknown,
  instance: string,
  scope: Scope,
): Promise<Readonly<Record<string, unknown>>> {
  const value = await fill(rule ?? {}, input, instance, scope);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw fault("expression", `the ${what} must be a mapping, but are ${JSON.stringify(value)}`, instance);
}

function headersOf(headers: Readonly<Record<string, unknown>>, instance: string): Record<string, string> {
  const given = Object.entries(headers).filter(([, value]) => value !== null);
  return Object.fromEntries(
    given.map(([name, value]) => [name.toLowerCase(), headerText(`the header ${name}`, asText(value), instance)]),
  );
}

/** A text that a header can hold: https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
function headerText(what: string, text: string, instance: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return text;
  throw fault("expression", `${what} must be one line of Latin letters; encode what else it is to hold`, instance);
}

/** A text goes as it is, anything else as JSON. */
function bodyOf(body: unknown, headers: Record<string, string>): string {
  headers["content-type"] ??= typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
  return asText(body);
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** An address that can be told: queries hold keys now and then. */
function withoutQuery(uri: string): string {
  const { origin, pathname } = new URL(uri);
  return origin + pathname;
}
