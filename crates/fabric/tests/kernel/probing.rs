//! The probe.

use fabric::Feature;

use crate::ground::ground;

#[tokio::test]
async fn the_probe_finds_what_these_tests_stand_on() {
    if ground().is_none() {
        return;
    }
    let features = fabric::probe().await.unwrap();
    for feature in [Feature::Veth, Feature::Bridge, Feature::Redirect] {
        assert!(features.has(feature), "{:?}", features.0[&feature]);
    }
    for (feature, said) in features.0 {
        if let Some(said) = said {
            println!("this kernel has no {feature}: {said}");
        }
    }
}
