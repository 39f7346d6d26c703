//! A CA master to a clone, and a clone to another master: the guide's steps 2 to 6 on the old master.

use super::edit::{Edit, key_of};
use super::parameters::{Part, REDIRECT_HOST, REDIRECT_PORT, Scope, rows};
use super::{Ca, File, Finding, HostPort, Refusal, Role, Setting};
use crate::cs_cfg::{Key, Patch, Value};

/// Switches off every issuing point, the task and the listener, and redirects to the new master.
///
/// # Errors
/// [`Refusal`] where an issuing point's name cannot be written.
pub fn demote_ca<'f>(ca: &Ca, new_master: &HostPort) -> Result<Edit<'f>, Refusal> {
    let mut patch = Patch::new();
    for row in rows(Scope::Ca).filter(|row| !row.clone.is_empty()) {
        patch.set(Key::literal(row.name), Value::literal(row.clone));
    }
    for point in &ca.issuing_points {
        for row in rows(Scope::IssuingPoint).filter(|row| row.part == Part::Decides) {
            patch.set(key_of(row.key(&point.id), File::Target, point.line)?, Value::literal(row.clone));
        }
    }
    redirect(&mut patch, new_master);
    Ok(Edit::patch(patch, repaired(ca, Role::Clone)))
}

/// Redirects a clone to another master.
///
/// # Errors
/// [`Refusal::NotAClone`] on anything else than a clone.
pub fn redirect_ca<'f>(ca: &Ca, new_master: &HostPort) -> Result<Edit<'f>, Refusal> {
    if ca.role() != Role::Clone {
        return Err(Refusal::NotAClone { role: ca.role() });
    }
    let mut patch = Patch::new();
    redirect(&mut patch, new_master);
    Ok(Edit::patch(patch, Vec::new()))
}

fn redirect(patch: &mut Patch<'_>, new_master: &HostPort) {
    patch.set(Key::literal(REDIRECT_HOST.name), new_master.host_value());
    patch.set(Key::literal(REDIRECT_PORT.name), Value::from(u32::from(new_master.port())));
}

/// What a conversion of a mixed CA puts right.
pub(super) fn repaired(ca: &Ca, wanted: Role) -> Vec<Finding> {
    let contradicts = |setting: &&Setting| setting.contradicts(wanted);
    let contradicting: Vec<_> = ca.all_settings().filter(contradicts).cloned().collect();
    let is_repair = ca.role() == Role::Mixed && !contradicting.is_empty();
    is_repair.then_some(Finding::RepairedMixedRole { contradicting }).into_iter().collect()
}
