import { inject } from 'vitest';
import { dropDatabase, testDatabaseUri } from './database.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { ServiceProcess } from './service-process.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** Both stores behind proxies that can make them vanish, and the service as a process that uses them. */
export class ProxiedStores implements AsyncDisposable {
  readonly mongo: TcpProxy;
  readonly redis: TcpProxy;
  readonly redisServer: TestRedis;
  readonly #mongoUri: string;
  readonly #services: ServiceProcess[] = [];

  /** @param redisArgs further arguments of redis-server */
  static async start(redisArgs: readonly string[] = []): Promise<ProxiedStores> {
    const redisServer = await startTestRedis(redisArgs);
    const redis = await TcpProxy.start({ host: '127.0.0.1', port: redisServer.port });
    const mongo = await TcpProxy.start(addressOf(inject('mongoUri')));
    return new ProxiedStores(mongo, redis, redisServer);
  }

  private constructor(mongo: TcpProxy, redis: TcpProxy, redisServer: TestRedis) {
    this.mongo = mongo;
    this.redis = redis;
    this.redisServer = redisServer;
    this.#mongoUri = testDatabaseUri();
  }

  /** The settings under which the service finds these stores. */
  get environment(): Record<string, string> {
    const { host } = addressOf(this.#mongoUri);
    return {
      MONGODB_URI: this.#mongoUri.replace(`${host}:${addressOf(this.#mongoUri).port}`, `127.0.0.1:${this.mongo.port}`),
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(this.redis.port),
    };
  }

  /** @param environment laid over the stores' addresses */
  async launch(environment: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
    const service = await ServiceProcess.launch({ ...this.environment, ...environment });
    this.#services.push(service);
    return service;
  }

  /** Launches the service and waits until it listens. */
  async launchReady(environment: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
    const service = await this.launch(environment);
    await service.untilLogged(/"message":"Listening"/);
    return service;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#services.map((service) => service[Symbol.asyncDispose]()));
    await Promise.all([this.mongo.close(), this.redis.close()]);
    await dropDatabase(this.#mongoUri);
    await this.redisServer[Symbol.asyncDispose]();
  }
}

function addressOf(mongoUri: string): { host: string; port: number } {
  const [, host = '127.0.0.1', port = '27017'] = /^mongodb:\/\/(?:[^@/]*@)?([^:/?,]+)(?::(\d+))?/.exec(mongoUri) ?? [];
  return { host, port: Number(port) };
}
