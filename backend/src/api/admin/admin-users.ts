import { Types } from 'mongoose';
import { z } from 'zod';
import { inviteUser, releaseAddress, withdrawInvitation } from '../../auth/invitations.ts';
import { changeRole, deactivateUser, listUsers, reactivateUser, type StoredUser } from '../../auth/users.ts';
import type { UserAct } from '../../auth/user-acts.ts';
import { extendBeforeResuming } from '../../automation/staging/extend-expiry.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import type { GracePorts } from '../me.ts';
import { followSwitch } from '../resume.ts';
import type { MaintenancePorts } from '../rules/rules-ports.ts';
import { email, id, moment, tooSlow } from '../schemas.ts';

const tag = 'admin';
const role = z.enum(['user', 'admin']);
const params = z.strictObject({ userId: id });
const noSuchUser = problem('No such user');
const lastAdmin = problem('last_admin: there must be one active admin');

const userResponse = z
  .object({
    id,
    email: z.string(),
    displayName: z.string().nullable(),
    role,
    isActive: z.boolean(),
    tenantId: z.string().nullable().describe('The directory whose account may sign in, or has signed in'),
    lastLoginAt: moment.nullable().describe('null: invited, has not signed in yet'),
  })
  .meta({ id: 'User' });

function presentUser(user: StoredUser): z.output<typeof userResponse> {
  return {
    id: user._id.toString(),
    email: user.email,
    displayName: user.displayName ?? null,
    role: user.role,
    isActive: user.isActive,
    tenantId: user.microsoftId?.split('.')[0] ?? user.tenantId ?? null,
    lastLoginAt: user.lastLoginAt?.toISOString() ?? null,
  };
}

/** Mounts the user administration. Registration is closed: users are invited. */
export function mountAdminUsers(context: RouteContext, ports: GracePorts & MaintenancePorts): void {
  route(
    context,
    ['admin', 'post', '/api/admin/users'],
    {
      summary: 'Invite a user',
      tag,
      body: z.strictObject({
        email: email.describe(
          'Address or user principal name: either of them admits a member of the configured tenant',
        ),
        role: role.default('user'),
        tenantId: z
          .guid()
          .toLowerCase()
          .optional()
          .describe("The directory whose account may sign in; the inviter's when left out"),
      }),
      responses: { 201: json(userResponse, 'Invited'), 409: problem('user_exists: this address is already in use') },
    },
    async ({ body }, { userId }) => ({
      status: 201,
      body: presentUser(await inviteUser({ ...body, by: new Types.ObjectId(userId) })),
    }),
  );
  mountList(context);
  mountInvitations(context);
  mountChanges(context, ports);
}

function mountList(context: RouteContext): void {
  route(
    context,
    ['admin', 'get', '/api/admin/users'],
    {
      summary: 'Users, oldest first, paginated',
      tag,
      query: z.strictObject({ after: id.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
      responses: { 200: json(z.object({ items: z.array(userResponse), next: id.nullable() })), 503: tooSlow },
    },
    async ({ query: { after, limit } }) => {
      const { users, next } = await listUsers({
        limit,
        ...(after !== undefined && { after: new Types.ObjectId(after) }),
      });
      return { status: 200, body: { items: users.map(presentUser), next: next?.toString() ?? null } };
    },
  );
}

function mountInvitations(context: RouteContext): void {
  route(
    context,
    ['admin', 'delete', '/api/admin/users/{userId}'],
    {
      summary: 'Withdraw an invitation that nobody has signed in with',
      tag,
      params,
      responses: {
        204: { description: 'Withdrawn' },
        404: noSuchUser,
        409: problem('invitation_accepted: deactivate the user instead'),
      },
    },
    async ({ params: { userId } }, caller) => {
      await withdrawInvitation(act(userId, caller.userId));
      return { status: 204 };
    },
  );
  route(
    context,
    ['admin', 'post', '/api/admin/users/{userId}/release-address'],
    {
      summary: 'Free the address of a user whose Microsoft account is the wrong one: deactivates them',
      tag,
      params,
      responses: {
        200: json(userResponse),
        404: noSuchUser,
        409: problem('last_admin, or not_signed_in_yet: withdraw the invitation instead'),
      },
    },
    async ({ params: { userId } }, caller) => ({
      status: 200,
      body: presentUser(await releaseAddress(act(userId, caller.userId))),
    }),
  );
}

function act(userId: string, by: string): UserAct {
  return { userId: new Types.ObjectId(userId), by: new Types.ObjectId(by) };
}

function mountChanges(context: RouteContext, ports: GracePorts & MaintenancePorts): void {
  const responses = { 200: json(userResponse), 404: noSuchUser, 409: lastAdmin };
  route(
    context,
    ['admin', 'patch', '/api/admin/users/{userId}'],
    { summary: "Change a user's role", tag, params, body: z.strictObject({ role }), responses },
    async ({ params: { userId }, body }, caller) => ({
      status: 200,
      body: presentUser(await changeRole(act(userId, caller.userId), body.role)),
    }),
  );
  route(
    context,
    ['admin', 'post', '/api/admin/users/{userId}/deactivate'],
    {
      summary: 'Deactivate a user: ends their sessions and pauses their automation and synchronization',
      tag,
      params,
      responses,
    },
    async ({ params: { userId } }, caller) => ({
      status: 200,
      body: presentUser(await deactivateUser(act(userId, caller.userId))),
    }),
  );
  route(
    context,
    ['admin', 'post', '/api/admin/users/{userId}/reactivate'],
    { summary: 'Reactivate a user', tag, params, responses },
    async ({ params: { userId } }, caller) => {
      await extendBeforeResuming({ userId, stagingHours: ports.stagingHours, now: Date.now() });
      const user = await reactivateUser(act(userId, caller.userId));
      await followSwitch(ports, { userId });
      return { status: 200, body: presentUser(user) };
    },
  );
}
