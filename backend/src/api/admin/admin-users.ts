import { Types } from 'mongoose';
import { z } from 'zod';
import {
  changeRole,
  deactivateUser,
  inviteUser,
  listUsers,
  reactivateUser,
  type StoredUser,
  type UserAct,
} from '../../auth/users.ts';
import { extendBeforeResuming } from '../../automation/staging/extend-expiry.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import type { GracePorts } from '../me.ts';
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
    lastLoginAt: user.lastLoginAt?.toISOString() ?? null,
  };
}

/** Mounts the user administration. Registration is closed: users are invited. */
export function mountAdminUsers(context: RouteContext, ports: GracePorts): void {
  route(
    context,
    ['admin', 'post', '/api/admin/users'],
    {
      summary: 'Invite a user',
      tag,
      body: z.strictObject({ email, role: role.default('user') }),
      responses: { 201: json(userResponse, 'Invited'), 409: problem('user_exists: this address is already in use') },
    },
    async ({ body }, { userId }) => ({
      status: 201,
      body: presentUser(await inviteUser({ ...body, by: new Types.ObjectId(userId) })),
    }),
  );
  mountList(context);
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

function act(userId: string, by: string): UserAct {
  return { userId: new Types.ObjectId(userId), by: new Types.ObjectId(by) };
}

function mountChanges(context: RouteContext, { stagingHours }: GracePorts): void {
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
      await extendBeforeResuming({ userId, stagingHours, now: Date.now() });
      return { status: 200, body: presentUser(await reactivateUser(act(userId, caller.userId))) };
    },
  );
}
