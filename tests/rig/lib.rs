//! The rig: what the tests of the whole product share.
