import '../../check-node.js'; // before all else: an older Node ends here

const { env } = await import('node:process');

/**
 * Exit code 0 when the service in this container says that it is healthy. It runs every few seconds, so it loads
 * nothing: reading all settings would take a third of a second each time.
 */
try {
  const port = env['PORT'] ?? '8010';
  const reply = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = reply.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
