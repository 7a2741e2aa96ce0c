import { loadConfig } from './config/env.ts';

/** Exit code 0 when the service on this machine says that it is healthy: the container's health check. */
try {
  const { http } = loadConfig();
  const reply = await fetch(`http://127.0.0.1:${http.port}/health`, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = reply.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
