#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cfleaks::git::fuzzing::packed_refs(data));
