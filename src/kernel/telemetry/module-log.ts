import type { ModuleLog } from '../module.ts';
import type { LogFields } from './log-fields.ts';
import type { Logger } from './logging.ts';

/** A service's logger in the form that modules use; fields that are not on the allow-list are dropped by the logger. */
export function moduleLog(logger: Logger): ModuleLog {
  return {
    debug: (fields, message) => logger.debug(message, fields as LogFields),
    info: (fields, message) => logger.info(message, fields as LogFields),
    warn: (fields, message) => logger.warn(message, fields as LogFields),
    error: (fields, message) => logger.error(message, fields as LogFields),
  };
}
