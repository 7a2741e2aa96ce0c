import { describe, expect, it } from 'vitest';
import { apiRoot, followUpUrl } from './links.ts';

const worldwide = apiRoot('https://graph.microsoft.com');

describe('a follow-up link', () => {
  it.each([
    ['https://graph.microsoft.com', 'https://graph.microsoft.com/v1.0/me/messages?$skiptoken=x'],
    ['https://GRAPH.microsoft.com:443/', 'https://graph.microsoft.com/v1.0/me/messages'],
    ['https://microsoftgraph.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn/v1.0/me'],
    ['http://127.0.0.1:4000/cloud', 'http://127.0.0.1:4000/cloud/v1.0/me/mailFolders/delta?$deltatoken=y'],
  ])('below %s is followed: %s', (baseUrl, link) => {
    expect(followUpUrl(link, apiRoot(baseUrl)).href).toBe(link);
  });

  it.each([
    'https://graph.microsoft.com.evil.example/v1.0/me',
    'https://graph.microsoft.com@evil.example/v1.0/me',
    'https://user:word@graph.microsoft.com/v1.0/me',
    'http://graph.microsoft.com/v1.0/me',
    'https://graph.microsoft.com:8443/v1.0/me',
    'https://graph.microsoft.us/v1.0/me',
    'https://graph.microsoft.com/beta/me',
    'https://graph.microsoft.com/v1.0',
    'https://graph.microsoft.com/v1.0evil/me',
    'https://graph.microsoft.com/v1.0/../beta/me',
    'https://graph.microsoft.com/v1.0/%2e%2e/beta/me',
    String.raw`https:\\evil.example\v1.0\me`,
    '//evil.example/v1.0/me',
    '/v1.0/me/messages',
    'javascript:alert(1)',
    '',
  ])('elsewhere is refused: %s', (link) => {
    expect(() => followUpUrl(link, worldwide)).toThrow(expect.objectContaining({ code: 'foreign_link' }));
  });
});
