// Loaded into every task before its own code: keeps it in step with the launcher (run.mjs) that started it.

if (process.channel) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, function receive() {
      // Tell the launcher that this signal has arrived, so that it does not deliver it a second time.
      if (process.connected) process.send({ receivedSignal: signal }, () => {});
      if (process.listenerCount(signal) > 1) return;
      // The task does not handle this signal: let it have its ordinary effect.
      process.removeListener(signal, receive);
      process.kill(process.pid, signal);
    });
  }
  // The launcher was killed: finish in an orderly way rather than go on without anybody who could stop us.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Listening must not keep a task alive that has nothing left to do.
  process.channel.unref();
}
