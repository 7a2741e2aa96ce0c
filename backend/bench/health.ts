import autocannon from 'autocannon';
import { freePort } from '../local/network.ts';
import type { Setting } from './measurement.ts';
import type { Finding } from './report.ts';
import { startService } from './service.ts';
import type { Environment } from './environment.ts';
import { median } from './statistics.ts';
import { startYardstick, type Yardstick } from './yardstick.ts';

/** The least share of a bare Express's requests per second that /health must reach. */
const limitRatio = 0.8;
const clients = 20;

/** /health with 20 clients, beside a bare Express with helmet that answers the very same JSON as a constant. */
export async function measureHealth({ environment, isQuick, say }: Setting): Promise<Finding[]> {
  const [rounds, seconds] = isQuick ? [3, 2] : [7, 4];
  const service = await startService(environment);
  const { yardstick, url } = await startBareExpress(environment, service.healthUrl);
  const bare: number[] = [];
  const served: number[] = [];

  say('warming up');
  for (const target of [url, service.healthUrl]) await requestsPerSecond(target, seconds);
  for (let round = 1; round <= rounds; round += 1) {
    const bareRate = await requestsPerSecond(url, seconds);
    const rate = await requestsPerSecond(service.healthUrl, seconds);
    bare.push(bareRate);
    served.push(rate);
    say(`round ${round} of ${rounds}: bare Express ${bareRate.toFixed(0)}/s, service ${rate.toFixed(0)}/s`);
  }
  await Promise.all([yardstick.stop(), service.stop()]);
  return [toFinding(median(served), median(bare))];
}

function toFinding(rate: number, bareRate: number): Finding {
  const ratio = rate / bareRate;
  return {
    what: `/health, ${clients} clients`,
    measured: `${rate.toFixed(0)}/s`,
    yardstick: `${bareRate.toFixed(0)}/s (Express + helmet)`,
    comparison: `× ${ratio.toFixed(2)}`,
    limit: { text: `× ${limitRatio}`, isKept: ratio >= limitRatio },
  };
}

async function startBareExpress(
  environment: Environment,
  healthUrl: string,
): Promise<{ yardstick: Yardstick; url: string }> {
  const reply = await fetch(healthUrl);
  const port = await freePort();
  const yardstick = await startYardstick(environment, 'express', [String(port), await reply.text()]);
  return { yardstick, url: `http://127.0.0.1:${port}/health` };
}

/** Sends requests from a thread of its own. @throws when an answer is missing or not a success */
async function requestsPerSecond(url: string, seconds: number): Promise<number> {
  const result = await autocannon({ url, connections: clients, duration: seconds, workers: 1 });
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0 || result['2xx'] === 0) throw new Error(`${failed} requests to ${url} failed`);
  return result['2xx'] / result.duration;
}
