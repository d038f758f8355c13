import sdk = require('./index.js');

declare const TechCorp: typeof sdk.TechCorp & typeof sdk;
export = TechCorp;
