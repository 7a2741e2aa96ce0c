import type { DeletionPorts } from '../accounts/purge.ts';
import { freshPlaces } from '../automation/places/fresh-places.ts';
import type { UndoDeps } from '../automation/undo/undo.ts';
import type { SignInDeps } from '../auth/sign-in/sign-in.ts';
import type { Cookies } from '../http/cookies.ts';
import type { NotificationIntake } from '../observation/webhooks/notification-intake.ts';
import type { RouteContext } from '../http/route.ts';
import { mountAdminAudit } from './admin/admin-audit.ts';
import { mountAdminMailboxes } from './admin/admin-mailboxes.ts';
import { mountAdminUsers } from './admin/admin-users.ts';
import { mountAudit } from './audit/audit.ts';
import { mountAuth } from './auth.ts';
import { mountEvents } from './events/events.ts';
import { mountAccess } from './mailboxes/access.ts';
import { type AnalysisFacts, mountAnalysisState } from './mailboxes/mailbox-analysis.ts';
import { mountMailboxes, type SyncPorts } from './mailboxes/mailboxes.ts';
import { type GracePorts, mountMe } from './me.ts';
import { mountNotifications } from './notifications/notifications.ts';
import { mountOpenApi } from './openapi.ts';
import { mountOverview, type OverviewFacts } from './overview/overview.ts';
import { mountPatterns } from './patterns/patterns.ts';
import type { AnalysisPorts } from './patterns/patterns-analysis.ts';
import { mountSessions } from './sessions.ts';
import { mountStaging } from './staging/staging.ts';
import { mountStream } from './stream/stream.ts';
import type { NotificationStreams } from './stream/stream-registry.ts';
import { mountUndo } from './audit/undo.ts';
import { mountSetup, type SetupFacts } from './setup.ts';
import { mountRules } from './rules/rules.ts';
import type { MaintenancePorts } from './rules/rules-ports.ts';
import { mountWebhooks } from './webhooks.ts';
import { mountWhitelist } from './admin/whitelist.ts';

export interface ApiOptions {
  readonly context: RouteContext;
  readonly cookies: Cookies;
  /** Undefined while sign-in is not configured. */
  readonly signIn: SignInDeps | undefined;
  readonly setup: SetupFacts;
  readonly watchMailbox: (mailboxId: string) => Promise<void>;
  readonly intake: NotificationIntake;
  readonly ports: DeletionPorts & SyncPorts & AnalysisPorts & MaintenancePorts & GracePorts;
  /** The dependencies of undo. */
  readonly undo: UndoDeps;
  readonly streams: NotificationStreams;
  readonly readAnalysisJob: AnalysisFacts['readAnalysisJob'];
  /** What the overview says about the service. */
  readonly overview: OverviewFacts;
}

/** Mounts every resource, and last the OpenAPI document, which describes them all. */
export function mountApi(options: ApiOptions): void {
  const { context, cookies, signIn, watchMailbox, intake, ports, undo, streams, overview, readAnalysisJob } = options;
  mountSetup(context, cookies, options.setup);
  mountAuth({ context, cookies, signIn, watchMailbox });
  mountMailboxes(context, ports);
  mountAccess({ context, cookies, signIn });
  mountEvents(context);
  const places = freshPlaces(undo);
  mountPatterns(context, ports, places);
  mountRules(context, { ...ports, places });
  mountStaging(context, { ...undo, ...ports });
  mountNotifications(context);
  mountStream(context, streams);
  mountAudit(context, undo);
  mountUndo(context, undo);
  mountWebhooks(context, intake);
  mountMe(context, cookies, ports);
  mountAdminUsers(context, ports);
  mountAdminMailboxes(context);
  mountSessions(context);
  mountWhitelist(context);
  mountAdminAudit(context);
  mountOverview(context, overview);
  mountAnalysisState(context, { nextAnalysisAt: overview.nextAnalysisAt, readAnalysisJob });
  mountOpenApi(context, overview.version);
}
