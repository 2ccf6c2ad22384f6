//! A folder that goes when the demo goes.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Removed with all that is in it when dropped.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a new folder among the machine's temporary files, for this user only.
    ///
    /// # Errors
    /// If it cannot be made, or something of that name is there already.
    pub fn make() -> io::Result<Folder> {
        let name = format!(
            "greenlight-demo-{}-{}",
            std::process::id(),
            jiff::Timestamp::now().as_nanosecond()
        );
        let path = std::env::temp_dir().join(name);
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Folder { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not remove {}",
                self.path.display()
            );
        }
    }
}
