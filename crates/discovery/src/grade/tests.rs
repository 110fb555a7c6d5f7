//! Tests of the grades: every cell of the table, what is derived, and what the gate makes of a label.

use xinyu_core::data::TableSchema;
use xinyu_core::review::Severity;
use xinyu_protocol::tc609::catalog::{FieldCard, ProductCard, TableCard, Tags};

use super::*;
use crate::profile::{ProductProfile, TableProfiler};

#[test]
fn gb_43697_table_of_objects_and_degrees() {
    use Degree::{General, Grave, None, Serious};
    use Grade::{Core, General1, General2, General3, General4, Important};
    let table = [
        (Object::NationalSecurity, [General1, Important, Core, Core]),
        (Object::Economy, [General1, General4, Important, Core]),
        (Object::SocialOrder, [General1, General4, Important, Core]),
        (Object::PublicInterest, [General1, General4, Important, Core]),
        (Object::Organisation, [General1, General2, General3, General4]),
        (Object::Person, [General1, General2, General3, General4]),
    ];
    for (object, expect) in table {
        let found = [None, General, Serious, Grave].map(|degree| Impact { object, degree }.grade());
        assert_eq!(found, expect, "{object:?}");
    }
}

#[test]
fn gb_43697_the_highest_part_decides() {
    let impacts = [
        Impact { object: Object::Person, degree: Degree::Serious },
        Impact { object: Object::Economy, degree: Degree::Serious },
        Impact { object: Object::Organisation, degree: Degree::General },
    ];
    assert_eq!(Grade::of_impacts(&impacts), Grade::Important);
    assert_eq!(Grade::of_impacts(&[]), Grade::General1);
}

#[test]
fn gb_43697_derived_data_is_graded_again() {
    let inputs = [Grade::General2, Grade::Important];
    let judge = |grade, by: &str| Reassessment { grade, by: by.to_owned(), reason: "statistics of a year".to_owned() };
    let check = |derivation, judgement: Option<Reassessment>, expect| {
        assert_eq!(Grade::of_derived(&inputs, derivation, judgement.as_ref()), expect, "{derivation:?}");
    };
    for derivation in [Derivation::Fused, Derivation::Desensitised, Derivation::Anonymised, Derivation::Aggregated] {
        check(derivation, None, Ok(Grade::Important));
        check(derivation, Some(judge(Grade::Core, "li")), Ok(Grade::Core));
        check(derivation, Some(judge(Grade::General1, " ")), Err(Refused::NobodyAnswers));
    }
    check(Derivation::Aggregated, Some(judge(Grade::General1, "li")), Ok(Grade::General1));
    check(Derivation::Fused, Some(judge(Grade::General1, "li")), Err(Refused::NothingLowersIt));
}

#[test]
fn ndi_06_levels_and_grades() {
    let grades = [Grade::General1, Grade::General2, Grade::General3, Grade::General4, Grade::Important, Grade::Core];
    assert_eq!(grades.map(|grade| grade.level().code()), ["001", "002", "003", "004", "004", "005"]);
    assert!(grades.iter().all(|grade| Grade::least_of(grade.level()) <= *grade));
    assert_eq!(grades.iter().filter(|grade| !grade.is_admitted()).count(), 1);
}

fn product(name: &str, field: &str) -> ProductCard {
    let field = FieldCard { name: field.to_owned(), kind: "text".to_owned(), masked: false, term: String::new() };
    ProductCard {
        name: name.to_owned(),
        description: String::new(),
        source: "s".to_owned(),
        licence: String::new(),
        topic: "B0300".to_owned(),
        update_frequency: "004".to_owned(),
        tables: vec![TableCard { name: "t".to_owned(), fields: vec![field], rows: 1 }],
        keywords: Vec::new(),
        tags: Tags::default(),
    }
}

#[test]
fn a_product_labelled_general_with_important_content_is_blocked() {
    let check = |name: &str, field: &str, stated: Option<Grade>, expect: &[Severity]| {
        let schema = TableSchema { name: "t".to_owned(), columns: Vec::new() };
        let mut table = TableProfiler::new(&schema).finish();
        table.grading = stated.map(|grade| Grading { grade, reason: "r".to_owned() });
        let found = review(&product(name, field), &ProductProfile { tables: vec![table] });
        assert_eq!(found.iter().map(|finding| finding.severity).collect::<Vec<_>>(), expect, "{found:?}");
    };
    check("天气", "温度", None, &[]);
    check("城市地下管线", "材质", Some(Grade::General2), &[Severity::Block]);
    check("城市地下管线", "材质", Some(Grade::Important), &[Severity::Warn]);
    check("台账", "变电站", None, &[Severity::Warn]);
    check("涉密台账", "名称", Some(Grade::Important), &[Severity::Block]);
    check("天气", "温度", Some(Grade::Core), &[Severity::Block]);
}
