//! CRLs, made by hand.

/// What stands in a CRL.
#[derive(Clone, Debug)]
pub struct CrlSpec {
    /// Its number, as the bytes of an integer; none: no such extension.
    pub number: Option<Vec<u8>>,
    /// `YYMMDDhhmmssZ`, or with four digits of the year.
    pub this_update: String,
    pub next_update: Option<String>,
    pub entries: u32,
}

impl CrlSpec {
    /// One that was issued `since` seconds before a moment and is valid for so long after it.
    pub fn around(now: i64, since: i64, left: i64, number: u8) -> CrlSpec {
        let utc = |seconds: i64| {
            let text = pki_role::pki::Timestamp::from_unix(seconds).unwrap().stamp();
            text.trim_start_matches("20").replace('T', "")
        };
        let (this_update, next_update) = (utc(now - since), Some(utc(now + left)));
        CrlSpec { number: Some(vec![number]), this_update, next_update, entries: 2 }
    }

    pub fn der(&self) -> Vec<u8> {
        let algorithm = tlv(0x30, &tlv(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]));
        let time = |text: &String| tlv(if text.len() == 13 { 0x17 } else { 0x18 }, text.as_bytes());
        let entry = |serial: u32| {
            let serial = tlv(0x02, &[&[0x01][..], &serial.to_be_bytes()].concat());
            tlv(0x30, &[serial, time(&self.this_update)].concat())
        };
        let entries: Vec<u8> = (0..self.entries).flat_map(entry).collect();
        let other = tlv(0x30, &[tlv(0x06, &[0x55, 0x1d, 0x23]), tlv(0x04, &tlv(0x30, &[]))].concat());
        let number = self
            .number
            .iter()
            .flat_map(|number| tlv(0x30, &[tlv(0x06, &[0x55, 0x1d, 0x14]), tlv(0x04, &tlv(0x02, number))].concat()));
        let extensions: Vec<u8> = other.into_iter().chain(number).collect();
        let list = [
            tlv(0x02, &[1]),
            algorithm.clone(),
            tlv(0x30, &[]),
            time(&self.this_update),
            self.next_update.iter().flat_map(time).collect(),
            if self.entries == 0 { Vec::new() } else { tlv(0x30, &entries) },
            tlv(0xa0, &tlv(0x30, &extensions)),
        ];
        tlv(0x30, &[tlv(0x30, &list.concat()), algorithm, tlv(0x03, &[0, 1, 2, 3])].concat())
    }
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = match value.len() {
        length @ ..0x80 => vec![u8::try_from(length).unwrap()],
        length => {
            let bytes = length.to_be_bytes();
            let bytes: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            [vec![0x80 | u8::try_from(bytes.len()).unwrap()], bytes].concat()
        }
    };
    [vec![tag], length, value.to_vec()].concat()
}
