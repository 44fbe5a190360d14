//! A gzip file that holds itself: opened, it is the same file again, for ever. Made here, so that none
//! lies in the repository.
//!
//! Deflate is taken as a language of two instructions of five bytes each: print the next *n* bytes (a
//! stored block), and print the last 20 bytes once more (a block of two copies). The program prints its
//! beginning, then itself in steps of four instructions, and last its own end; Russ Cox describes it in
//! "Zip Files All The Way Down". The checksum in its end is a fixed point, found by solving the 32
//! equations that a CRC is.

const INSTRUCTION: usize = 5;

/// Prints the `count` bytes that follow it.
fn print(count: u8) -> [u8; INSTRUCTION] {
    [0, count, 0, !count, 0xff]
}

/// Bits as deflate packs them: the first is the lowest of the first byte.
fn packed(bits: &[u8]) -> Vec<u8> {
    let byte = |bits: &[u8]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit);
    bits.chunks(8).map(byte).collect()
}

/// Prints the last 20 bytes again, by two copies of 10 from 20 back: 40 bits with the block's header
/// and end.
fn again() -> Vec<u8> {
    let header = [0, 1, 0];
    let copy =
        [0, 0, 0, 1, 0, 0, 0, /* 10 bytes */ 0, 1, 0, 0, 0, 1, 1, 0 /* from 20 back */];
    packed(&[&header[..], &copy, &copy, &[0; 7]].concat())
}

/// The last block, which prints the last 12 bytes again; and what gzip puts behind it.
fn end(checksum: u32, length: u32) -> Vec<u8> {
    let block = [
        1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, /* 12 bytes */ 0, 0, 1, 1, 0, 1,
        1, /* from 12 back */
    ];
    let mut end = packed(&[&block[..], &[0; 7]].concat());
    end.extend_from_slice(&checksum.to_le_bytes());
    end.extend_from_slice(&length.to_le_bytes());
    end
}

/// The whole file, with a time in its header and a checksum that may be wrong.
fn file(time: u32, checksum: u32, length: u32) -> Vec<u8> {
    // With the instruction behind it, 20 bytes.
    let head = [&[0x1f, 0x8b, 8, 8][..], &time.to_le_bytes(), &[0, 0xff], b"q.gz\0"].concat();
    let (a, p0, p1, p4) = (again(), print(0).to_vec(), print(5).to_vec(), print(20).to_vec());
    let end = end(checksum, length);
    let last = [a.clone(), p0.clone(), p0.clone(), print(20 + end.len() as u8).to_vec()].concat();
    [
        &[head.clone(), p4.clone(), head, p4.clone(), a.clone()].concat()[..],
        &[p1.clone(), a.clone(), p1.clone(), p1.clone()].concat(),
        &[p4.clone(), a.clone(), p1.clone(), p1, p4.clone()].concat(),
        &[&a[..], &p4].concat().repeat(4),
        &last.repeat(3),
        &end.repeat(2),
    ]
    .concat()
}

/// The checksum `c` for which the file with `c` in it has the checksum `c`, if there is one: the
/// checksum of the file is affine in the bits of `c`.
fn fixed_point(time: u32, length: u32) -> Option<u32> {
    let of = |checksum: u32| crc32fast::hash(&file(time, checksum, length));
    let base = of(0);
    // Bit by bit: what it changes in the checksum, beside what it changes in itself; and which it is.
    let column = |bit: u32| (of(1 << bit) ^ base ^ (1 << bit), 1_u32 << bit);
    let mut columns: Vec<(u32, u32)> = (0..32).map(column).collect();
    let (mut left, mut chosen) = (base, 0);
    for bit in 0..32 {
        let Some(at) = columns.iter().position(|(change, _)| change >> bit & 1 == 1) else {
            continue;
        };
        let pivot = columns.swap_remove(at);
        let reduce = |pair: &mut (u32, u32)| {
            if pair.0 >> bit & 1 == 1 {
                *pair = (pair.0 ^ pivot.0, pair.1 ^ pivot.1);
            }
        };
        columns.iter_mut().for_each(reduce);
        if left >> bit & 1 == 1 {
            (left, chosen) = (left ^ pivot.0, chosen ^ pivot.1);
        }
    }
    (left == 0).then_some(chosen)
}

/// The file that holds itself.
pub(crate) fn quine() -> Vec<u8> {
    let length = file(0, 0, 0).len() as u32;
    let found = (0..1000).find_map(|time| Some((time, fixed_point(time, length)?)));
    let (time, checksum) = found.expect("nearly three in ten times have one");
    file(time, checksum, length)
}

#[test]
fn it_holds_itself() {
    let quine = quine();
    let mut inner = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(&quine[..]);
    std::io::Read::read_to_end(&mut reader, &mut inner).unwrap();
    assert_eq!(inner, quine);
}
