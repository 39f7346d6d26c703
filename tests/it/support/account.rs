//! Threads of another account: on Linux each thread has rights of its own.

use rustix::fs::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// The account that owns a server's directory, and its group; no machine has them.
pub const OWNER: u32 = 17017;
pub const GROUP: u32 = 17018;

/// Makes this thread one of an account without rights. Only root can.
pub fn become_account(uid: u32, gid: u32) {
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    set_thread_groups(&[]).unwrap();
    set_thread_res_gid(gid, gid, gid).unwrap();
    set_thread_res_uid(uid, uid, uid).unwrap();
}

/// Does something as another account.
pub fn as_account<T: Send>(uid: u32, gid: u32, act: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            become_account(uid, gid);
            act()
        });
        thread.join().unwrap()
    })
}
