//! Who may do what with a file: owner, group, mode, and every extended attribute, among them the
//! POSIX ACL and the SELinux label.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::OwnedFd;

use super::disk::Disk;

/// Gives `to` all that `from` has. Attributes that the file system does not know are left out;
/// those that `to` inherited from its directory and `from` does not have are removed.
pub(super) fn copy(disk: &dyn Disk, from: &OwnedFd, to: &OwnedFd) -> io::Result<()> {
    let wanted = disk.identity(from)?;
    let have = disk.identity(to)?;
    if (wanted.owner, wanted.group) != (have.owner, have.group) {
        disk.set_owner(to, wanted.owner, wanted.group)?;
    }
    let wanted_names: BTreeSet<_> = tolerate(disk.attribute_names(from))?.unwrap_or_default().into_iter().collect();
    for name in &wanted_names {
        if let Some(value) = tolerate(disk.attribute(from, name))?
            && tolerate(disk.attribute(to, name)).ok().flatten().as_ref() != Some(&value)
        {
            tolerate(disk.set_attribute(to, name, &value))?;
        }
    }
    for name in tolerate(disk.attribute_names(to))?.unwrap_or_default() {
        // A label is the system's to give: where the original has none that can be listed, the
        // new file's stays.
        if !wanted_names.contains(&name) && !name.as_bytes().starts_with(b"security.") {
            tolerate(disk.remove_attribute(to, &name))?;
        }
    }
    // Last: the mode opens the file, and its group bits are the mask of the ACL.
    disk.set_mode(to, wanted.mode)
}

/// "Not supported" and "no such attribute" are answers, not errors.
fn tolerate<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.raw_os_error(), Some(ENOTSUP | ENODATA)) => Ok(None),
        Err(error) => Err(error),
    }
}

const ENOTSUP: i32 = rustix::io::Errno::NOTSUP.raw_os_error();
const ENODATA: i32 = rustix::io::Errno::NODATA.raw_os_error();
