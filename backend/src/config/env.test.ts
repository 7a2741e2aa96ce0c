import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../lib/errors.ts';
import { parseConfig } from './env.ts';

function faultsOf(environment: Record<string, string>): string {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'none';
}

describe('parseConfig', () => {
  it('works with nothing set', () => {
    const config = parseConfig({});

    expect(config).toMatchObject({
      environment: 'development',
      logLevel: 'info',
      http: { port: 8010 },
      redis: { host: 'msedb-redis', port: 6379 },
      observation: { sinceDays: 90, pageSize: 200 },
      analysis: { timeZone: 'UTC', halfLifeDays: 365 },
      shutdownTimeoutMs: 25_000,
    });
    expect(config.mongo.uri.reveal()).toBe('mongodb://msedb-mongo:27017/msedb');
    expect(config.redis.password).toBeUndefined();
  });

  it.each([
    ['MICROSOFT_LOGIN_URL', 'https://login.chinacloudapi.cn'],
    ['MICROSOFT_LOGIN_URL', 'https://login.partner.microsoftonline.cn'],
    ['MICROSOFT_LOGIN_URL', 'https://LOGIN.ChinaCloudAPI.cn./'],
    ['GRAPH_URL', 'https://microsoftgraph.chinacloudapi.cn'],
    ['MICROSOFT_TENANT_ID', 'contoso.partner.onmschina.cn'],
  ])('refuses the cloud of 21Vianet by %s=%s, in one sentence', (name, value) => {
    expect(faultsOf({ [name]: value })).toBe(
      `These settings are wrong:\n  ${name}: is of Microsoft 365 operated by 21Vianet in China, which MSEDB does not support: its Graph has no delta of messages and folders`,
    );
  });

  it.each([
    ['MICROSOFT_LOGIN_URL', 'https://login.microsoftonline.us'],
    ['MICROSOFT_LOGIN_URL', 'https://chinacloudapi.cn.example'],
    ['GRAPH_URL', 'https://dod-graph.microsoft.us'],
    ['MICROSOFT_TENANT_ID', 'contoso.cn'],
  ])('takes the other clouds, as %s=%s', (name, value) => {
    expect(faultsOf({ [name]: value })).toBe('none');
  });

  it('takes an empty value as left out', () => {
    expect(parseConfig({ PORT: '', REDIS_PASSWORD: '', LOG_LEVEL: '' })).toEqual(parseConfig({}));
  });

  it('takes every setting from the environment', () => {
    const config = parseConfig({
      NODE_ENV: 'production',
      PORT: '9000',
      MONGODB_URI: 'mongodb://me:secret@a:27017,b:27018/mail?replicaSet=rs0',
      REDIS_HOST: '10.0.0.7',
      REDIS_PORT: '6380',
      REDIS_PASSWORD: 'hush',
      LOG_LEVEL: 'debug',
      SHUTDOWN_TIMEOUT_MS: '5000',
      GRAPH_WEBHOOK_URL: 'https://hooks.contoso.example/',
      SYNC_SINCE_DAYS: '60',
      SYNC_PAGE_SIZE: '1000',
      ANALYSIS_TIMEZONE: 'Europe/Berlin',
      PATTERN_HALF_LIFE_DAYS: '365',
    });

    expect(config).toMatchObject({
      environment: 'production',
      logLevel: 'debug',
      http: { port: 9000 },
      redis: { host: '10.0.0.7', port: 6380 },
      observation: { webhookUrl: 'https://hooks.contoso.example', sinceDays: 60, pageSize: 1_000 },
      analysis: { timeZone: 'Europe/Berlin', halfLifeDays: 365 },
      shutdownTimeoutMs: 5_000,
    });
    expect(config.redis.password?.reveal()).toBe('hush');
    expect(config.mongo.uri.reveal()).toContain('secret');
  });

  it.each([
    ['PORT', 'abc', '1 to 65535'],
    ['SYNC_SINCE_DAYS', '91', '1 to 90'],
    ['SYNC_PAGE_SIZE', '0', '1 to 1000'],
    ['ANALYSIS_TIMEZONE', 'Europe/Nowhere', 'Europe/Berlin'],
    ['ANALYSIS_TIMEZONE', '+01:00', 'Europe/Berlin'],
    ['PATTERN_HALF_LIFE_DAYS', '6', '7 to 365'],
    ['GRAPH_WEBHOOK_URL', 'http://hooks.contoso.example', 'https://'],
    ['PORT', '99999', '1 to 65535'],
    ['PORT', '0', '1 to 65535'],
    ['PORT', '80.5', '1 to 65535'],
    ['MONGODB_URI', 'postgres://x', 'mongodb://'],
    ['MONGODB_URI', 'mongodb://', 'connection string'],
    ['MONGODB_URI', 'mongodb+srv://cluster.example/msedb', 'not supported'],
    ['MONGODB_URI', 'mongodb://a/msedb?timeoutMS=5', 'timeoutMS'],
    ['REDIS_HOST', 'redis://somewhere', 'host name'],
    ['REDIS_PORT', '-1', '1 to 65535'],
    ['LOG_LEVEL', 'shout', 'error, warn, info, debug'],
    ['NODE_ENV', 'staging', 'development, production, test'],
    ['SHUTDOWN_TIMEOUT_MS', '10', '1000 to 600000'],
    ['APP_URL', 'http://mail.example.com', 'http:// on localhost'],
    ['APP_URL', 'https://mail.example.com/msedb', 'scheme, host and port only'],
    ['APP_URL', 'mail.example.com', 'https://host'],
    ['GRAPH_URL', 'http://10.0.0.1', 'http:// on localhost'],
    ['MICROSOFT_LOGIN_URL', 'https://user@login.example', 'scheme, host and port only'],
    ['MICROSOFT_TENANT_ID', 'a/b', 'common'],
    ['ADMIN_EMAIL', 'somebody', 'e-mail'],
    ['ADMIN_TENANT_ID', 'contoso.example', 'the id of a directory'],
    ['MICROSOFT_CLIENT_SECRET_EXPIRES', '2027-02-30', 'a day'],
    ['TRUST_PROXY', 'yes', '10.0.0.0/8'],
    ['TRUST_PROXY', '10.0.0.0/33', '10.0.0.0/8'],
    ['MICROSOFT_CLIENT_ID', 'only-this', 'MICROSOFT_CLIENT_SECRET: is missing'],
    ['MICROSOFT_CLIENT_SECRET', 'only-this', 'ENCRYPTION_KEYS: is missing'],
  ])('refuses %s=%s and says what is allowed', (name, value, allowed) => {
    const faults = faultsOf({ [name]: value });

    expect(faults).toMatch(/^These settings are wrong:\n {2}[A-Z_]+: /);
    expect(faults).toContain(name);
    expect(faults).toContain(allowed);
  });

  it('names every faulty setting in one message', () => {
    const faults = faultsOf({ PORT: 'abc', MONGODB_URI: 'postgres://x', REDIS_PORT: '-1', LOG_LEVEL: 'shout' });

    expect(faults.split('\n').slice(1)).toEqual([
      expect.stringContaining('PORT'),
      expect.stringContaining('MONGODB_URI'),
      expect.stringContaining('REDIS_PORT'),
      expect.stringContaining('LOG_LEVEL'),
    ]);
  });

  it('knows Microsoft once the application and the keys are set', () => {
    const config = parseConfig({
      MICROSOFT_CLIENT_ID: 'app',
      MICROSOFT_CLIENT_SECRET: 'hush',
      ENCRYPTION_KEYS: 'k1:hush',
      MICROSOFT_LOGIN_URL: 'http://127.0.0.1:9010/',
      ADMIN_EMAIL: 'Ada@Example.com',
      ADMIN_TENANT_ID: '11111111-2222-3333-4444-AAAAAAAAAAAA',
      MICROSOFT_CLIENT_SECRET_EXPIRES: '2027-01-31',
      TRUST_PROXY: '1',
      APP_URL: 'https://mail.example.com/',
    });

    expect(config).toMatchObject({
      microsoft: {
        clientId: 'app',
        clientSecretExpires: new Date('2027-01-31T00:00:00Z'),
        tenantId: 'common',
        loginUrl: 'http://127.0.0.1:9010',
      },
      adminEmail: 'ada@example.com',
      adminTenantId: '11111111-2222-3333-4444-aaaaaaaaaaaa',
      http: { appUrl: 'https://mail.example.com', trustProxy: 1 },
    });
    expect(inspect(config, { depth: 9 })).not.toContain('hush');
  });

  const sharedAdmin = {
    MICROSOFT_CLIENT_ID: 'app',
    MICROSOFT_CLIENT_SECRET: 'hush',
    ENCRYPTION_KEYS: 'k1:hush',
    ADMIN_EMAIL: 'ada@example.com',
  };

  it.each([undefined, 'common', 'organizations', 'Consumers'])(
    'refuses ADMIN_EMAIL without its directory where MICROSOFT_TENANT_ID is %s',
    (tenant) => {
      const given = { ...sharedAdmin, ...(tenant !== undefined && { MICROSOFT_TENANT_ID: tenant }) };

      expect(faultsOf(given)).toContain('ADMIN_EMAIL: needs ADMIN_TENANT_ID');
    },
  );

  it('takes ADMIN_EMAIL alone where one directory is configured', () => {
    const config = parseConfig({ ...sharedAdmin, MICROSOFT_TENANT_ID: 'example.com' });

    expect(config).toMatchObject({ adminEmail: 'ada@example.com' });
  });

  it('prints no part of a connection string, neither when it is wrong nor when it is right', () => {
    const config = parseConfig({ MONGODB_URI: 'mongodb://user:hush@host/msedb', REDIS_PASSWORD: 'hush' });

    expect(faultsOf({ MONGODB_URI: 'postgres://user:hush@host/msedb' })).not.toContain('hush');
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('hush');
  });
});
