"""`rnn-course assessment`: the final assessment for a course site, as Moodle XML and as a QTI 1.2 package (Canvas and
others), from the same file as chapter 19's page (questions/assessment.py).

Moodle: a category for each goal, so that a quiz can draw at random, and the items held back from learners in categories
of their own. QTI: two quizzes, what learners practise with and what is held back."""

import html
import io
import zipfile
from xml.etree import ElementTree as ET

from course_utils.authoring.handout import hand_out
from course_utils.language import chapter, say, side
from course_utils.questions import assessment

WHEN = (2020, 1, 1, 0, 0, 0)  # the same items make the same file
QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
FORMS = {"practised": "自评题 || Practised", "held-back": "留给老师的题 || Held back"}


def write(arguments):
    """0, or 2 where a file exists already or cannot be written."""
    return hand_out("assessment", arguments, lambda: _files(arguments.lang))


def _files(lang):
    made = forms()
    return {f"assessment-moodle.{lang}.xml": moodle(made), f"assessment-qti.{lang}.zip": qti(made)}


def forms():
    """name -> items, in the notebook's language."""
    return {"practised": assessment.items(), "held-back": assessment.items(held_back=True)}


# ---------------------------------------------------------------------------------------------- what both show


def body(item):
    """The question as HTML: its text, then its code, or its curves as a table."""
    parts = [f"<p>{_escaped(item.ask)}</p>"]
    if item.code:
        parts.append(f"<pre>{_escaped(item.code.rstrip())}</pre>")
    if item.curves:
        parts.append(_table(item.curves))
    return "".join(parts)


def _table(curves):
    head = "".join(f"<th>{_number(v)}</th>" for v in curves["at"])
    rows = "".join(
        f"<tr><th>{_escaped(name)}</th>{''.join(f'<td>{_number(v)}</td>' for v in ys)}</tr>"
        for name, ys in curves["lines"].items()
    )
    about = f"{_escaped(curves['y'])} / {_escaped(curves['x'])}"
    return f'<table border="1" cellpadding="4"><tr><th>{about}</th>{head}</tr>{rows}</table>'


def _number(value):
    return f"{value:g}"


def _escaped(text):
    return html.escape(text, quote=False)


def _title(item):
    return f"{item.id} · {say(*assessment.KINDS[item.kind].split(' || '))}"


def _feedback(item, k):
    """Why that option, and where to read on."""
    where = chapter(item.goal) + (f", {item.section}" if item.section else "")
    return f"{item.why[k]} ({where})"


# ---------------------------------------------------------------------------------------------- Moodle


def moodle(forms):
    """Moodle's question bank format (docs.moodle.org, "Moodle XML format"), as bytes."""
    quiz, top = ET.Element("quiz"), say("循环神经网络 总自评", "Recurrent networks, final assessment")
    for form, items in forms.items():
        for goal, title in assessment.goals().items():
            category = ET.SubElement(quiz, "question", type="category")
            path = f"$course$/top/{top}/{say(*FORMS[form].split(' || '))}/{goal} {title.replace('/', '//')}"
            _text(ET.SubElement(category, "category"), path)
            for item in items:
                if item.goal == goal:
                    quiz.append(_moodle_question(item))
    return _serialised(quiz)


def _moodle_question(item):
    question = ET.Element("question", type="multichoice")
    _text(ET.SubElement(question, "name"), _title(item))
    _text(ET.SubElement(question, "questiontext", format="html"), body(item))
    for name, value in {
        "defaultgrade": "1",
        "idnumber": f"rnn-{item.id}",
        "single": "true",
        "shuffleanswers": "true",
        "answernumbering": "none",
    }.items():
        ET.SubElement(question, name).text = value
    for k, option in enumerate(item.options):
        fraction = "100" if k == item.answer else "0"
        answer = ET.SubElement(question, "answer", fraction=fraction, format="html")
        ET.SubElement(answer, "text").text = f"<p>{_escaped(option)}</p>"
        _text(ET.SubElement(answer, "feedback", format="html"), f"<p>{_escaped(_feedback(item, k))}</p>")
    return question


def _text(parent, words):
    ET.SubElement(parent, "text").text = words


# ---------------------------------------------------------------------------------------------- QTI 1.2


def qti(forms):
    """A content package with one QTI 1.2 assessment for each form, as the bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {
            "imsmanifest.xml": _manifest(forms),
            **{f"{form}/{form}.xml": _qti_assessment(form, items) for form, items in forms.items()},
        }.items():
            archive.writestr(zipfile.ZipInfo(name, WHEN), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _manifest(forms):
    manifest = ET.Element("manifest", identifier="rnn-course", xmlns=PACKAGE)
    metadata = ET.SubElement(manifest, "metadata")
    ET.SubElement(metadata, "schema").text = "IMS Content"
    ET.SubElement(metadata, "schemaversion").text = "1.1.3"
    ET.SubElement(manifest, "organizations")
    resources = ET.SubElement(manifest, "resources")
    for form in forms:
        resource = ET.SubElement(resources, "resource", identifier=form, type="imsqti_xmlv1p2")
        ET.SubElement(resource, "file", href=f"{form}/{form}.xml")
    return _serialised(manifest)


def _qti_assessment(form, items):
    root = ET.Element("questestinterop", xmlns=QTI)
    title = say("循环神经网络总自评：", "Recurrent networks, final assessment: ") + side(FORMS[form])
    quiz = ET.SubElement(root, "assessment", ident=form, title=title)
    section = ET.SubElement(quiz, "section", ident="root_section")
    for item in items:
        section.append(_qti_item(item))
    return _serialised(root)


def _qti_item(item):
    made = ET.Element("item", ident=f"rnn-{item.id}", title=_title(item))
    fields = ET.SubElement(ET.SubElement(made, "itemmetadata"), "qtimetadata")
    for label, entry in {"question_type": "multiple_choice_question", "points_possible": "1"}.items():
        field = ET.SubElement(fields, "qtimetadatafield")
        ET.SubElement(field, "fieldlabel").text = label
        ET.SubElement(field, "fieldentry").text = entry
    presentation = ET.SubElement(made, "presentation")
    _material(presentation, body(item))
    response = ET.SubElement(presentation, "response_lid", ident="response1", rcardinality="Single")
    choices = ET.SubElement(response, "render_choice", shuffle="Yes")
    for k, option in enumerate(item.options):
        _material(ET.SubElement(choices, "response_label", ident=f"option{k}"), f"<p>{_escaped(option)}</p>")
    processing = ET.SubElement(made, "resprocessing")
    ET.SubElement(
        ET.SubElement(processing, "outcomes"),
        "decvar",
        maxvalue="100",
        minvalue="0",
        varname="SCORE",
        vartype="Decimal",
    )
    for k in range(len(item.options)):  # what is said about an option, whether it is right or not
        told = _condition(processing, k, "Yes")
        ET.SubElement(told, "displayfeedback", feedbacktype="Response", linkrefid=f"option{k}_fb")
    right = _condition(processing, item.answer, "No")
    ET.SubElement(right, "setvar", action="Set", varname="SCORE").text = "100"
    for k in range(len(item.options)):
        feedback = ET.SubElement(made, "itemfeedback", ident=f"option{k}_fb")
        _material(ET.SubElement(feedback, "flow_mat"), f"<p>{_escaped(_feedback(item, k))}</p>")
    return made


def _condition(processing, k, goes_on):
    condition = ET.SubElement(processing, "respcondition", {"continue": goes_on})
    equal = ET.SubElement(ET.SubElement(condition, "conditionvar"), "varequal", respident="response1")
    equal.text = f"option{k}"
    return condition


def _material(parent, markup):
    ET.SubElement(ET.SubElement(parent, "material"), "mattext", texttype="text/html").text = markup


def _serialised(root):
    ET.indent(root, " ")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
