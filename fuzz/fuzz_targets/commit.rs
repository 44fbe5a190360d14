#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cfleaks::history::fuzzing::commit(data));
