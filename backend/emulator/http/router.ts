export type Params = Readonly<Record<string, string>>;

interface Route<T> {
  readonly segments: readonly string[];
  readonly target: T;
}

/** Finds what belongs to a method and a path as /me/messages/:message. Literal segments match in any case. */
export class Router<T> {
  readonly #routes = new Map<string, Route<T>[]>();
  readonly #paths: (readonly string[])[] = [];

  add(method: string, pattern: string, target: T): this {
    const segments = split(pattern);
    const key = keyOf(method, segments);
    const routes = this.#routes.get(key) ?? [];
    routes.push({ segments, target });
    this.#routes.set(key, routes);
    this.#paths.push(segments);
    return this;
  }

  /** The first route added that fits. */
  match(method: string, path: string): { readonly target: T; readonly params: Params } | undefined {
    const segments = split(path);
    for (const route of this.#routes.get(keyOf(method, segments)) ?? []) {
      const params = fit(route.segments, segments);
      if (params !== undefined) return { target: route.target, params };
    }
    return undefined;
  }

  /** True when the path exists for some method. */
  knows(path: string): boolean {
    const segments = split(path);
    return this.#paths.some((route) => route.length === segments.length && fit(route, segments) !== undefined);
  }
}

/** Takes from `params` what the route's pattern names. */
export function param(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`The route has no :${name}`);
  return value;
}

function split(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function keyOf(method: string, segments: readonly string[]): string {
  return `${method} ${segments.length}`;
}

function fit(route: readonly string[], segments: readonly string[]): Params | undefined {
  const params: Record<string, string> = {};
  for (const [index, expected] of route.entries()) {
    const actual = segments[index] ?? '';
    if (expected.startsWith(':')) params[expected.slice(1)] = decodeURIComponent(actual);
    else if (expected.toLowerCase() !== actual.toLowerCase()) return undefined;
  }
  return params;
}
