//! x
/// t
pub struct Table;
/// e
pub struct TableError;
