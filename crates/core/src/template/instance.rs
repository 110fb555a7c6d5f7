//! From choices to a policy with its clauses, and the check of a listing that says it came from templates. TC609-6-2025-14 §7.2 b. Pure.

use serde_json::json;
use xinyu_protocol::api::template::{InstanceNote, TemplateChoice, TemplateInstance};
use xinyu_protocol::tc609::catalog::ListingRequest;
use xinyu_protocol::tc609::template::{OfferedTemplate, Template, TemplateUse, Values};
use xinyu_protocol::text::Text;

use super::{CLAUSE, Wrong, combine::combine, fill, rejection, unknown, values};
use crate::clause::clauses;
use crate::fault::Rejection;
use crate::review::{Finding, Severity};

/// So many templates are combined at most.
const MAX_CHOICES: usize = 20;

/// Makes the policy of choices among what is offered in a space.
///
/// # Errors
/// If one is not enabled there, a value does not fit, or they do not go together.
pub fn instance(
    offered: &[OfferedTemplate],
    space_id: &str,
    choices: &[TemplateChoice],
) -> Result<TemplateInstance, Rejection> {
    if choices.is_empty() || choices.len() > MAX_CHOICES {
        return Err(Rejection::bad(
            "template-choices",
            format!("请选择 1 至 {MAX_CHOICES} 个模板"),
            format!("choose 1 to {MAX_CHOICES} templates"),
        )
        .clause("/templates"));
    }
    let chosen: Vec<(&Template, &Values)> = choices
        .iter()
        .map(|choice| Ok((find(offered, space_id, choice)?, &choice.parameters)))
        .collect::<Result<_, Rejection>>()?;
    let (mut parts, mut wrong) = (Vec::new(), Vec::new());
    for (index, (template, given)) in chosen.iter().enumerate() {
        match fill(&template.definition, given) {
            Ok(policy) => parts.push((&template.definition, policy)),
            Err(own) => wrong.extend(own.into_iter().map(|one| Wrong {
                pointer: format!("/templates/{index}{}", one.pointer),
                text: Text::new(
                    format!("{}：{}", template.definition.name.zh, one.text.zh),
                    format!("{}: {}", template.definition.name.en, one.text.en),
                ),
            })),
        }
    }
    if !wrong.is_empty() {
        let what = Text::new("模板参数有误", "the parameters of a template are not in order");
        return Err(rejection("template-parameters", &what, &wrong)
            .next(Text::new("请修改所列参数后重新提交", "mend what is listed and send it again")));
    }
    let whole = combine(&parts)?;
    let policies = vec![whole.policy];
    let clauses = clauses(&json!({ "contractPolicies": policies })).map_err(|errors| {
        let told = errors.into_iter().next().map(|error| error.text).unwrap_or_default();
        Rejection::bad("template-policy", told.zh, told.en)
    })?;
    let notes = whole.notes.into_iter().map(|note| InstanceNote { pointers: note.pointers, text: note.text }).collect();
    let templates = chosen
        .iter()
        .map(|(template, given)| TemplateUse {
            template_id: template.definition.template_id.clone(),
            version: template.version,
            parameters: values(&template.definition, given),
        })
        .collect();
    Ok(TemplateInstance { policies, clauses, notes, templates })
}

fn find<'o>(
    offered: &'o [OfferedTemplate],
    space_id: &str,
    choice: &TemplateChoice,
) -> Result<&'o Template, Rejection> {
    let id = choice.template_id.as_str();
    let is_it = |one: &&OfferedTemplate| one.template.definition.template_id == id;
    if !offered.iter().any(|one| is_it(&one)) {
        return Err(unknown(id).clause("/templates").next(Text::new(
            "请从本空间启用的模板中选择",
            "choose among the templates that are enabled in this space",
        )));
    }
    let found = offered.iter().filter(is_it).find(|one| {
        one.spaces.iter().any(|space| space == space_id)
            && choice.version.is_none_or(|version| version == one.template.version)
    });
    found.map(|one| &one.template).ok_or_else(|| {
        let version = choice.version.map_or_else(String::new, |version| format!(" v{version}"));
        Rejection::conflict(
            "template-not-enabled",
            format!("模板 {id}{version} 未在空间「{space_id}」启用"),
            format!("template {id}{version} is not enabled in space {space_id}"),
        )
        .clause(CLAUSE)
        .next(Text::new(
            "请选用该空间启用的模板与版本，或请运营者启用",
            "choose what is enabled there, or ask the operator to enable it",
        ))
    })
}

/// What the review gate finds of a listing that says which templates its policies came from: they must be enabled in its space, and come to these policies.
#[must_use]
pub fn review(offered: &[OfferedTemplate], request: &ListingRequest) -> Vec<Finding> {
    if request.templates.is_empty() {
        return Vec::new();
    }
    let choices: Vec<TemplateChoice> = request
        .templates
        .iter()
        .map(|one| TemplateChoice {
            template_id: one.template_id.clone(),
            version: Some(one.version),
            parameters: one.parameters.clone(),
        })
        .collect();
    let text = match instance(offered, &request.space_id, &choices) {
        Ok(instance) if instance.policies == request.policies => {
            let names: Vec<String> =
                request.templates.iter().map(|one| format!("{} v{}", one.template_id, one.version)).collect();
            let names = names.join(", ");
            return vec![finding(
                Severity::Info,
                Text::new(format!("策略由模板生成：{names}"), format!("the policies came from templates: {names}")),
            )];
        }
        Ok(_) => Text::new(
            "策略与所声明的模板及参数不一致",
            "the policies are not what the named templates come to with these parameters",
        ),
        Err(refused) => refused.text,
    };
    vec![finding(Severity::Block, text)]
}

fn finding(severity: Severity, text: Text) -> Finding {
    Finding { severity, subject: "templates".to_owned(), text, clause: "TC609-6-2025-14 §7.2 b".to_owned() }
}
