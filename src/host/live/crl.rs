//! A CRL, read in place: what its head says, how many entries it has, its digest.

use der::asn1::{AnyRef, GeneralizedTime, ObjectIdentifier, OctetStringRef, UintRef, UtcTime};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use sha2::{Digest, Sha256};

use crate::pki::{Crl, Timestamp};

/// The extension that holds a CRL's number.
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
/// The field that holds the extensions: `[0]`.
const EXTENSIONS: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

/// Bytes are no CRL, or not all of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotACrl;

impl From<der::Error> for NotACrl {
    fn from(_: der::Error) -> NotACrl {
        NotACrl
    }
}

/// Reads the CRL of an issuing point. Its signature is not looked at.
pub(super) fn read(issuing_point: &str, bytes: &[u8]) -> Result<Crl, NotACrl> {
    let mut certificate_list = sequence(AnyRef::from_der(bytes)?)?;
    let mut list = sequence(certificate_list.decode()?)?;
    let _algorithm = sequence(certificate_list.decode()?)?;
    let signature: AnyRef<'_> = certificate_list.decode()?;
    if signature.tag() != Tag::BitString || !certificate_list.is_finished() {
        return Err(NotACrl);
    }
    let mut next = list.decode::<AnyRef<'_>>()?;
    if next.tag() == Tag::Integer {
        // The version.
        next = list.decode()?;
    }
    let _algorithm = sequence(next)?;
    let _issuer = sequence(list.decode()?)?;
    let this_update = moment(list.decode()?)?.ok_or(NotACrl)?;
    let (mut next_update, mut entries, mut number) = (None, 0, None);
    while !list.is_finished() {
        let field: AnyRef<'_> = list.decode()?;
        match field.tag() {
            Tag::UtcTime | Tag::GeneralizedTime => next_update = moment(field)?,
            Tag::Sequence => entries = count(sequence(field)?)?,
            EXTENSIONS => number = number_in(field)?,
            _ => return Err(NotACrl),
        }
    }
    let issuing_point = issuing_point.to_owned();
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Crl { issuing_point, number, this_update, next_update, entries, sha256 })
}

fn sequence(any: AnyRef<'_>) -> Result<SliceReader<'_>, NotACrl> {
    match any.tag() {
        Tag::Sequence => Ok(SliceReader::new(any.value())?),
        _ => Err(NotACrl),
    }
}

/// A time of either form; nothing for another field.
fn moment(any: AnyRef<'_>) -> Result<Option<Timestamp>, NotACrl> {
    let since_1970 = match any.tag() {
        Tag::UtcTime => any.decode_as::<UtcTime>()?.to_unix_duration(),
        Tag::GeneralizedTime => any.decode_as::<GeneralizedTime>()?.to_unix_duration(),
        _ => return Ok(None),
    };
    let seconds = i64::try_from(since_1970.as_secs()).map_err(|_| NotACrl)?;
    Timestamp::from_unix(seconds).map(Some).ok_or(NotACrl)
}

fn count(mut entries: SliceReader<'_>) -> Result<u64, NotACrl> {
    let mut count = 0;
    while !entries.is_finished() {
        sequence(entries.decode()?)?;
        count += 1;
    }
    Ok(count)
}

/// The number, where there is one that 64 bits can hold.
fn number_in(field: AnyRef<'_>) -> Result<Option<u64>, NotACrl> {
    let mut extensions = sequence(AnyRef::from_der(field.value())?)?;
    while !extensions.is_finished() {
        let mut extension = sequence(extensions.decode()?)?;
        if extension.decode::<ObjectIdentifier>()? != CRL_NUMBER {
            continue;
        }
        let mut value = extension.decode::<AnyRef<'_>>()?;
        if value.tag() == Tag::Boolean {
            // Whether it is critical.
            value = extension.decode()?;
        }
        let value = value.decode_as::<&OctetStringRef>()?;
        let number = UintRef::from_der(value.as_bytes())?;
        let bytes = number.as_bytes();
        let fits = bytes.len() <= size_of::<u64>();
        return Ok(fits.then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))));
    }
    Ok(None)
}
