//! The words of the product as plain data (SPEC section 1): no behaviour beyond parsing and printing themselves.

mod cause;
mod content;
mod random;
mod time;
mod work;

pub use cause::Cause;
pub use content::{Channel, Context, Cursor, Items, Registration, Text};
pub use random::{Always, Draw, Stream};
pub use time::{MAX_SECONDS, Millis, VirtualTime};
pub use work::{Call, LockType, Outcome, ResultType, Status, WorkType, normalised};
