import sdk = require('./index.js');

declare const TechCorp: typeof sdk.default & typeof sdk;
export = TechCorp;
