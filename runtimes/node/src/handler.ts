import type { Context } from "./context.ts";
import { LoadError } from "./errors.ts";
import type { UserModule } from "./module.ts";

/** The user's function, brought to a single shape. */
export interface Handler {
  readonly call: (input: unknown, context: Context) => unknown;
  /** It takes a Web Request instead of an event. */
  readonly takesRequest: boolean;
}

type Callable = (this: unknown, ...rest: unknown[]) => unknown;

/** The setting's default; only where it holds, a handler by another platform's name is looked for. */
const usual = "main.handler";
const otherNames = ["main", "lambda_handler", "lambdaHandler", "default"];

/**
 * Finds the handler among a module's exports.
 *
 * @param setting `<module>.<function>`
 * @throws LoadError where it is not there, or cannot be called as a handler is
 */
export function findHandler(module: UserModule, setting: string): Handler {
  const name = setting.slice(setting.lastIndexOf(".") + 1);
  const found = pick(module, name);
  if (typeof found?.value === "function") return adapt(found.value as Callable, found.owner, module.file, name);
  if (found === undefined && setting === usual) {
    const others = otherNames.map((other) => ({ other, ...pick(module, other) }));
    const callable = others.filter(({ value }) => typeof value === "function");
    // One function under two names, as `export { main as default, main }`, is one.
    const [only, ...more] = callable.filter(({ value }, at) => callable.findIndex((one) => one.value === value) === at);
    if (only !== undefined && more.length === 0) {
      return adapt(only.value as Callable, only.owner, module.file, only.other);
    }
  }
  const there = found === undefined ? "no" : "a value that cannot be called as";
  throw new LoadError(
    "HandlerMissing",
    `${module.file} has ${there} '${name}', which \`handler\` of function.yaml names ('${setting}'); ` +
      `its functions are: ${functionsOf(module).join(", ") || "none"}`,
  );
}

/** An export, or a member of what a CommonJS module or an `export default` has set as the whole. */
function pick({ exports }: UserModule, name: string): { value: unknown; owner: unknown } | undefined {
  const whole = exports.default;
  if (name !== "default" && has(exports, name)) {
    // A CommonJS module's exports are there by name too, but are members of one object.
    const value = exports[name];
    return { value, owner: has(whole, name) && whole[name] === value ? whole : undefined };
  }
  if (name === "default" && typeof whole === "function") return { value: whole, owner: undefined };
  return has(whole, name) ? { value: whole[name], owner: whole } : undefined;
}

function has(value: unknown, name: string): value is Record<string, unknown> {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && name in value && (value as Record<string, unknown>)[name] !== undefined;
}

function functionsOf({ exports }: UserModule): string[] {
  const whole = typeof exports.default === "object" ? (exports.default ?? {}) : {};
  const members: [string, unknown][] = [...Object.entries(exports), ...Object.entries(whole)];
  const names = members.filter(([name, value]) => typeof value === "function" && name !== "module.exports");
  return [...new Set(names.map(([name]) => name))];
}

/** The one place that knows which shapes a handler may have: (event), (event, context), (req) and (req, context). */
function adapt(fn: Callable, owner: unknown, file: string, name: string): Handler {
  const refuse = (why: string) => new LoadError("HandlerShape", `${file}: ${name} must be callable with ${why}`);
  const source = Function.prototype.toString.call(fn);
  if (/^class\b/.test(source)) throw refuse("(event) or with (event, context), but is a class");
  if (fn.length > 2) throw refuse("(event) or with (event, context); instead of a callback, return a promise");
  const [first = "", second = ""] = parametersOf(source);
  const takesRequest = ["req", "request"].includes(first);
  if (takesRequest && ["res", "response"].includes(second)) {
    throw refuse("(req) or with (req, context); return the response instead of writing to one");
  }
  return { call: (input, context) => fn.call(owner, input, context), takesRequest };
}

/** The names of the first two parameters, where they are plain names. */
function parametersOf(source: string): (string | undefined)[] {
  const text = source.replace(/\/\*.*?\*\/|\/\/.*$/gms, "");
  const alone = /^(?:async\s+)?([\w$]+)\s*=>/.exec(text);
  if (alone !== null) return [alone[1]];
  return /\(\s*([\w$]+)?[^,()]*(?:,\s*([\w$]+))?/.exec(text)?.slice(1) ?? [];
}
