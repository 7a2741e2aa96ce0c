import express from 'express';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { Cookies } from './cookies.ts';

const session = { name: 'msedb_session', value: 'abc', maxAgeS: 3_600 };

describe('Cookies', () => {
  it('are bound to the host and to https wherever the service is reached by https', () => {
    const cookie = new Cookies('https://mail.example.com').make(session);

    expect(cookie).toMatch(/^__Host-msedb_session=abc;/);
    for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/', 'Max-Age=3600']) {
      expect(cookie).toContain(attribute);
    }
  });

  it('work over plain http on localhost', () => {
    const cookie = new Cookies('http://localhost:8010').make(session);

    expect(cookie).toMatch(/^msedb_session=abc;/);
    expect(cookie).not.toContain('Secure');
    expect(cookie).toContain('HttpOnly');
  });

  it('are read under their full name only', async () => {
    const cookies = new Cookies('https://mail.example.com');
    const app = express().get('/', (request, response) => {
      response.json({ value: cookies.read(request, 'msedb_session') ?? null });
    });

    const ours = await supertest(app).get('/').set('cookie', '__Host-msedb_session=abc');
    const planted = await supertest(app).get('/').set('cookie', 'msedb_session=abc');

    expect([ours.body, planted.body]).toEqual([{ value: 'abc' }, { value: null }]);
  });
});
