import type { ModuleLog } from '../module.ts';
import type { Logger } from './logging.ts';

/** A service's logger in the form that modules use. */
export function moduleLog(logger: Logger): ModuleLog {
  return {
    debug: (fields, message) => logger.debug(message, fields),
    info: (fields, message) => logger.info(message, fields),
    warn: (fields, message) => logger.warn(message, fields),
    error: (fields, message) => logger.error(message, fields),
  };
}
