import '../../check-node.js'; // before all else: an older Node ends here

const { env } = await import('node:process');

/**
 * Exits with 0 when the service in this container is healthy. It runs every few seconds, so it loads no settings, which
 * would take a third of a second each time.
 */
try {
  const port = env['PORT'] ?? '8010';
  const reply = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = reply.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
