import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  ControllerHandlerReturnType,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';

/** What Bull Board hands to the server that carries it. */
export interface BoardParts {
  readonly queues: BullBoardQueues;
  readonly uiConfig: UIConfig;
  /** The folder of `index.ejs`. */
  readonly viewsPath: string;
  /** The folder behind `/static`. */
  readonly staticPath: string;
  readonly entry: AppViewRoute;
  /** Routes that read. Those that write are left out: nothing can call them. */
  readonly api: readonly AppControllerRoute[];
  readonly onError: (error: Error) => ControllerHandlerReturnType;
}

type Setting = { -readonly [Name in keyof BoardParts]?: BoardParts[Name] };

/** Takes what `createBullBoard` sets; `parts` gives it back once all of it is there. */
export class BoardAdapter implements IServerAdapter {
  readonly #set: Setting = {};

  setQueues(queues: BullBoardQueues): this {
    this.#set.queues = queues;
    return this;
  }

  setUIConfig(config: UIConfig): this {
    this.#set.uiConfig = config;
    return this;
  }

  setViewsPath(path: string): this {
    this.#set.viewsPath = path;
    return this;
  }

  setStaticPath(_route: string, path: string): this {
    this.#set.staticPath = path;
    return this;
  }

  setEntryRoute(route: AppViewRoute): this {
    this.#set.entry = route;
    return this;
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    this.#set.api = routes.filter(({ method }) => [method].flat().every((word) => word === 'get'));
    return this;
  }

  setErrorHandler(handler: (error: Error) => ControllerHandlerReturnType): this {
    this.#set.onError = handler;
    return this;
  }

  /** Errors: a plain one when Bull Board has not set everything. */
  get parts(): BoardParts {
    const { queues, uiConfig, viewsPath, staticPath, entry, api, onError } = this.#set;
    if (!queues || !uiConfig || !viewsPath || !staticPath || !entry || !api || !onError) {
      throw new Error('Bull Board left out a part of its server.');
    }
    return { queues, uiConfig, viewsPath, staticPath, entry, api, onError };
  }
}

/** The values of a route's `:names`, such as `/queue/:queueName`; undefined when the path is another one. */
export function matchRoute(route: string, path: string): Record<string, string> | undefined {
  const wanted = route.split('/');
  const parts = path.split('/');
  if (wanted.length !== parts.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const want = wanted[index] ?? '';
    if (want.startsWith(':') && part !== '') values[want.slice(1)] = part;
    else if (want !== part) return undefined;
  }
  return values;
}
