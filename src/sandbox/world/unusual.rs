//! What can stand in a repository where a text file is expected.

/// Something that is no text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusual {
    /// A symbolic link that leads to no file of the repository. (GitHub follows one that does, and tells of its target.)
    Link(String),
    /// Another repository, at this address.
    Submodule(String),
    /// A file of any bytes.
    Bytes(Vec<u8>),
}
