#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cfleaks::detect::fuzzing::heir(data));
