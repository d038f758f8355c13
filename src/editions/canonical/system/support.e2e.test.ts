import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testApp } from '#test/support/app.ts';

test('V1-127 support addresses and channels are those of the settings, shown to everybody with what to send', async () => {
  const settings = {
    SUPPORT_EMAIL: 'help@shop.example',
    SECURITY_EMAIL: 'security@shop.example',
    SUPPORT_CHAT_URL: 'https://chat.shop.example/',
    STATUS_PAGE_URL: 'https://status.shop.example/',
  };
  const [named, bare] = [await testApp({ settings }), await testApp()];
  try {
    const { status, body } = await named.request('GET', '/support');
    assert.equal(status, 200);
    const { include, ...addresses } = body;
    assert.deepEqual(addresses, {
      email: settings.SUPPORT_EMAIL,
      security_email: settings.SECURITY_EMAIL,
      chat_url: settings.SUPPORT_CHAT_URL,
      status_url: settings.STATUS_PAGE_URL,
    });
    assert.match(include.join(), /X-Request-Id.*time zone.*error response/);
    const unset = (await bare.request('GET', '/support')).body;
    assert.deepEqual([unset.email, unset.security_email, unset.chat_url, unset.status_url], [null, null, null, null]);
  } finally {
    await Promise.all([named.close(), bare.close()]);
  }
});
