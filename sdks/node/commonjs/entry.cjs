// `require('@techcorp/sdk')` is the class, which carries everything else that the package exports.
const sdk = require('./index.js');

module.exports = Object.assign(sdk.default, sdk);
